namespace Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

public enum RetryStrategy
{
    ExponentialBackoff,
    FixedDelay,
}
