namespace Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

/// <remarks>The official type derives <see cref="FunctionId"/> by a hash; any id that tells functions apart does here.</remarks>
public class DefaultFunctionMetadata : IFunctionMetadata
{
    public string? FunctionId => Name is null && EntryPoint is null && ScriptFile is null ? null : $"{Name}|{EntryPoint}|{ScriptFile}";

    public bool IsProxy { get; set; }

    public string? Language { get; set; }

    public bool ManagedDependencyEnabled { get; set; }

    public string? Name { get; set; }

    public string? EntryPoint { get; set; }

    public IList<string>? RawBindings { get; set; }

    public string? ScriptFile { get; set; }

    public IRetryOptions? Retry { get; set; }
}
