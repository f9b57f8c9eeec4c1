using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.App;
using OpenTelemetry.Metrics;
using Xunit;

namespace Millrace.Functions.Tests.App;

public sealed class ApplicationInsightsTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly ConcurrentQueue<string> _received = new();
    private readonly TaskCompletionSource _some = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _ingestion = null!;
    private string _address = null!;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _ingestion = builder.Build();
        _ingestion.Run(TakeAsync);
        await _ingestion.StartAsync();
        _address = _ingestion.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    public async Task DisposeAsync() => await _ingestion.DisposeAsync();

    [Fact]
    public async Task ShouldSendTheMetersValuesUnderTheirNames_WhenThereIsAConnectionString()
    {
        using IHost app = Build(
            ("APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={_address}/"),
            ("WEBSITE_SITE_NAME", "func-test")
        );
        await app.StartAsync();
        Meter meter = app.Services.GetRequiredService<IMeterFactory>().Create("Millrace");
        meter.CreateObservableGauge(
            "millrace.source.pending_records",
            static () => new Measurement<long>(42, new KeyValuePair<string, object?>("millrace.source", "lines"))
        );
        meter.CreateObservableGauge("millrace.checkpoint.age", static () => 7.5);

        Assert.True(app.Services.GetRequiredService<MeterProvider>().ForceFlush((int)Deadline.TotalMilliseconds));

        await _some.Task.WaitAsync(Deadline);
        string all = string.Join('\n', _received);
        Assert.Contains("\"name\":\"millrace.source.pending_records\"", all, StringComparison.Ordinal);
        Assert.Contains("\"name\":\"millrace.checkpoint.age\"", all, StringComparison.Ordinal);
        Assert.Contains("\"millrace.source\":\"lines\"", all, StringComparison.Ordinal);
        Assert.Contains("\"ai.cloud.role\":\"func-test\"", all, StringComparison.Ordinal);
        await app.StopAsync();
    }

    [Fact]
    public void ShouldAddNothing_WhenThereIsNoConnectionString()
    {
        using IHost app = Build();

        Assert.Null(app.Services.GetService<MeterProvider>());
    }

    [Theory]
    [InlineData("ClientId=00000000-0000-0000-0000-000000000001;Authorization=AAD", true)]
    [InlineData("Authorization=AAD", true)]
    [InlineData("", false)]
    public void ShouldSignInAsTheIdentity_WhenKeysAreOff(string authentication, bool isIdentity) =>
        Assert.Equal(isIdentity, ApplicationInsights.CredentialOf(authentication) is not null);

    private static IHost Build(params (string Name, string Value)[] settings)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value))
        );
        builder.Services.AddMetrics();
        ApplicationInsights.AddTo(builder.Services, builder.Configuration);
        return builder.Build();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await using (
            Stream stream = IsZipped(context) ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body
        )
        {
            await stream.CopyToAsync(body, context.RequestAborted);
        }

        string text = Encoding.UTF8.GetString(body.ToArray());
        _received.Enqueue(text);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"itemsReceived":1,"itemsAccepted":1,"errors":[]}""", context.RequestAborted);
        if (text.Contains("millrace.checkpoint.age", StringComparison.Ordinal))
        {
            _some.TrySetResult();
        }
    }

    private static bool IsZipped(HttpContext context) =>
        context.Request.Headers.ContentEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
}
