using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Millrace.Embedded.Cli;
using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// A small HTTP API over the jobs of a session, on the loopback address only: <c>GET /jobs</c>, <c>POST
/// /jobs/NAME/savepoint[?stop=true]</c>, <c>POST /jobs/NAME/cancel</c>. A request needs the header <see cref="Header"/> and a loopback
/// host, so that no web page can make a browser send it.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    public const string Header = "X-Millrace-Control";
    private readonly WebApplication _application;

    private ControlServer(WebApplication application, string address)
    {
        _application = application;
        Address = address;
    }

    public string Address { get; }

    /// <param name="session">Whose jobs.</param>
    /// <param name="port">Port; 0 = any free one.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<ControlServer> StartAsync(HostSession session, int port, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(System.Net.IPAddress.Loopback, port));

        // Signals are the command line's; the server ends with its session.
        builder.Services.AddSingleton<Microsoft.Extensions.Hosting.IHostLifetime, NoLifetime>();
        WebApplication application = builder.Build();
        application.Use(static (context, next) => IsOurs(context.Request) ? next(context) : RefuseAsync(context));
        application.MapGet("/jobs", () => Results.Json(session.Jobs.Select(Status)));
        application.MapPost(
            "/jobs/{name}/savepoint",
            (string name, string? target, bool? stop) => OfAsync(session, name, job => SavepointAsync(job, target, stop == true))
        );
        application.MapPost("/jobs/{name}/cancel", (string name) => OfAsync(session, name, job => CancelAsync(job.Client)));
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException failure)
        {
            await application.DisposeAsync();
            throw new CliException(
                $"Control port {port} cannot be used ({failure.Message}). Choose another with --control-port, or 0 for any free one.",
                failure
            );
        }

        return new ControlServer(
            application,
            application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
        );
    }

    public async ValueTask DisposeAsync()
    {
        // Whoever asked for the savepoint that ended the job still waits for its location.
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private static bool IsOurs(HttpRequest request) =>
        request.Headers.ContainsKey(Header) && request.Host.Host is "127.0.0.1" or "localhost";

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync($"Requests need the header {Header} and a loopback host.");
    }

    private static async Task<IResult> OfAsync(HostSession session, string name, Func<HostedJob, Task<IResult>> action)
    {
        HostedJob? job = session.Jobs.FirstOrDefault(job => job.Title == name);
        return job is null
            ? Results.NotFound($"There is no job '{name}'; there are {string.Join(", ", session.Jobs.Select(other => other.Title))}.")
            : await action(job);
    }

    private static async Task<IResult> SavepointAsync(HostedJob job, string? target, bool stop)
    {
        try
        {
            return Results.Text(stop ? await job.StopWithSavepointAsync(target) : await job.Client.TriggerSavepointAsync(target));
        }
        catch (Exception failure)
            when (failure is InvalidOperationException or ArgumentException or IOException or OperationCanceledException)
        {
            return Results.Conflict(failure.Message);
        }
    }

    private static async Task<IResult> CancelAsync(JobClient client)
    {
        await client.CancelAsync();
        return Results.Text(client.Status.ToString());
    }

    private static object Status(HostedJob job)
    {
        JobMetrics m = job.Client.GetMetrics();
        return new
        {
            job.Title,
            Status = m.Status.ToString(),
            m.RecordsIn,
            m.RecordsOut,
            m.BytesIn,
            m.BytesOut,
            m.Errors,
            m.RecordsAhead,
            m.Watermark,
            m.OpenWindows,
            m.LastCheckpointId,
            m.LastCheckpointTime,
            m.Restarts,
            m.LastFailure,
            m.Waiting,
        };
    }

    private sealed class NoLifetime : Microsoft.Extensions.Hosting.IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
