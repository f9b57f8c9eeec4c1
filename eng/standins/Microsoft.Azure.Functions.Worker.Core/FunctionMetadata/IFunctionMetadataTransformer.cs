namespace Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

public interface IFunctionMetadataTransformer
{
    public string Name { get; }

    void Transform(IList<IFunctionMetadata> original);
}
