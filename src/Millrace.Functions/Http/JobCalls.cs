using System.Net;
using Microsoft.Azure.Functions.Worker.Http;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;

namespace Millrace.Functions.Http;

/// <summary>
/// What all calls for a job have in common: it is looked up and opened, whatever goes wrong is said to who asked, and nothing is waited for
/// without end. Thread-safe.
/// </summary>
internal sealed class JobCalls(JobRegistry registry)
{
    /// <summary>How long a call may take that only asks.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<HttpResponseData> RunAsync(
        HttpRequestData request,
        string job,
        TimeSpan timeout,
        Func<JobEntry, DurableJobHost, CancellationToken, Task<HttpResponseData>> action
    )
    {
        if (registry.Catalog.Find(job) is not { } entry)
        {
            return await NoSuchJobAsync(request, job).ConfigureAwait(false);
        }

        CancellationToken gone = request.FunctionContext.CancellationToken;
        using CancellationTokenSource late = new(timeout, registry.Services.Time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(gone, late.Token);
        try
        {
            DurableJobHost host = await registry.OpenAsync(entry, both.Token).ConfigureAwait(false);

            // Not all that is asked hears of a token at once, such as a client that waits for a socket.
            return await action(entry, host, both.Token).WaitAsync(both.Token).ConfigureAwait(false);
        }
        catch (Exception) when (gone.IsCancellationRequested)
        {
            return Problem.CallerHasGone(request);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return await Problem.NoAnswerAsync(request, entry.Name, timeout).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return await Problem.AnswerAsync(request, exception, entry.Name).ConfigureAwait(false);
        }
    }

    private Task<HttpResponseData> NoSuchJobAsync(HttpRequestData request, string job) =>
        Problem.AnswerAsync(
            request,
            HttpStatusCode.NotFound,
            "There is no such job.",
            $"There is no job '{job}'; this app runs {string.Join(", ", registry.Catalog.Jobs.Select(known => $"'{known.Name}'"))}."
        );
}
