using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Millrace.Functions.Http;

/// <summary>The probes. Anybody may call them, so they tell little and cost the store nothing per call.</summary>
public sealed class HealthApi
{
    private const string Prefix = "Millrace.Functions.Http.HealthApi.";
    private readonly HealthProbe _probe;

    /// <summary>Creates the functions.</summary>
    /// <param name="services">The app's services.</param>
    public HealthApi(IServiceProvider services) => _probe = (HealthProbe)services!.GetService(typeof(HealthProbe))!;

    internal static IReadOnlyList<(string Name, string EntryPoint, string Method, string Route, bool IsOpen)> Routes { get; } =
    [
        ("health-live", Prefix + nameof(LiveAsync), "get", "health/live", true),
        ("health-ready", Prefix + nameof(ReadyAsync), "get", "health/ready", true),
    ];

    /// <summary>Whether the worker answers.</summary>
    /// <param name="request">The request.</param>
    [Function("health-live")]
    public Task<HttpResponseData> LiveAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequestData request
    ) => JsonAnswer.WriteAsync(request, HttpStatusCode.OK, new { Status = "live" });

    /// <summary>
    /// Whether the store answers and every job can be opened, as of the last few seconds; 503 if not. Details are in the log.
    /// </summary>
    /// <param name="request">The request.</param>
    [Function("health-ready")]
    public async Task<HttpResponseData> ReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/ready")] HttpRequestData request
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        HealthAnswer answer;
        try
        {
            answer = await _probe.AskAsync(request.FunctionContext.CancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return Problem.CallerHasGone(request);
        }

        return await JsonAnswer
            .WriteAsync(
                request,
                answer.IsReady ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable,
                new { answer.Status, answer.Reason }
            )
            .ConfigureAwait(false);
    }
}
