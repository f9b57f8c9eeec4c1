using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Millrace.Formats.Tests;

/// <summary>A schema registry over real HTTP on a free loopback port.</summary>
internal sealed class RegistryServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, string> _bodies = new();
    private readonly WebApplication _app;

    private RegistryServer(WebApplication app) => _app = app;

    public ConcurrentQueue<string> Requests { get; } = new();

    public string? Authorization { get; set; }

    /// <summary>Statuses and bodies that come first, in place of answers.</summary>
    public ConcurrentQueue<(int Status, string Body)> Failures { get; } = new();

    public Uri Url => new(_app.Urls.Single());

    public SchemaRegistryOptions Options => new() { Url = Url };

    public static async Task<RegistryServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        Microsoft.AspNetCore.Hosting.WebHostBuilderKestrelExtensions.UseKestrel(builder.WebHost);
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        RegistryServer server = new(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        Requests.Enqueue($"{context.Request.Method} {path}");
        if (Authorization is not null && context.Request.Headers.Authorization != Authorization)
        {
            context.Response.StatusCode = 401;
            return;
        }

        if (Failures.TryDequeue(out (int Status, string Body) failure))
        {
            context.Response.StatusCode = failure.Status;
            await context.Response.WriteAsync(failure.Body);
            return;
        }

        if (path == "/schemas/ids/99")
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        if (path.StartsWith("/schemas/ids/", StringComparison.Ordinal))
        {
            bool known = _bodies.TryGetValue(
                int.Parse(path.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture),
                out string? found
            );
            context.Response.StatusCode = known ? 200 : 404;
            await context.Response.WriteAsync(found ?? """{"error_code":40403,"message":"Schema not found"}""");
            return;
        }

        using StreamReader reader = new(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        if (path.Contains("refused", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 409;
            await context.Response.WriteAsync("""{"error_code":409,"message":"Schema being registered is incompatible"}""");
            return;
        }

        int id = _ids.GetOrAdd(body, _ => 258 + _ids.Count);
        _bodies[id] = body;
        await context.Response.WriteAsync(new JsonObject { ["id"] = id }.ToJsonString());
    }
}
