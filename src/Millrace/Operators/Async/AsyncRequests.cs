using Millrace.UserFunctions;

namespace Millrace.Operators.Async;

/// <summary>Makes the requests of an asynchronous operator, with attempts and timeout.</summary>
internal sealed class AsyncRequests<TIn, TOut>(IAsyncFunction<TIn, TOut> function, TimeSpan timeout, AsyncRetryStrategy retry)
{
    /// <summary>What has a life cycle among what makes the requests.</summary>
    public RichFunction? Rich => function as RichFunction;

    public async Task<IReadOnlyCollection<TOut>> RunAsync(TIn value, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                try
                {
                    // A function that does not observe its token must not hold the stream for ever.
                    return await function.InvokeAsync(value, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
                }
                catch (Exception failure) when (attempt < retry.MaxAttempts && !either.IsCancellationRequested && retry.RetryOn(failure))
                {
                    await Task.Delay(retry.DelayAfter(attempt), time, either.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return function.OnTimeout(value);
        }
    }
}
