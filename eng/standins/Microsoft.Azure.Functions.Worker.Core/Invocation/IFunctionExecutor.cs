namespace Microsoft.Azure.Functions.Worker.Invocation;

public interface IFunctionExecutor
{
    ValueTask ExecuteAsync(FunctionContext context);
}
