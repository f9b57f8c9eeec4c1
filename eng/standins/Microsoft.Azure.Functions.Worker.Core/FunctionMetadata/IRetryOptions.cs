namespace Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

public interface IRetryOptions
{
    public int MaxRetryCount { get; }

    public RetryStrategy? Strategy { get; }

    public TimeSpan? DelayInterval { get; }

    public TimeSpan? MinimumInterval { get; }

    public TimeSpan? MaximumInterval { get; }
}
