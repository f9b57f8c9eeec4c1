using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Extensions.Timers;
using Microsoft.Azure.WebJobs.Host.Executors;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Millrace.Functions.TestHost.Durable;

/// <summary>The WebJobs host with the real Durable and timer extensions.</summary>
internal sealed class ExtensionsHost : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly IHost _host;
    private bool _isStopped;

    public ExtensionsHost(HostArguments arguments, IConfiguration configuration, IEnumerable<HostFunction> functions, ILoggerProvider logs)
    {
        _host = new HostBuilder()
            .ConfigureAppConfiguration(builder => builder.AddConfiguration(configuration))
            .ConfigureLogging(logging =>
                logging.AddProvider(logs).SetMinimumLevel(LogLevel.Warning).AddFilter("Azure.Core", LogLevel.Error)
            )
            .ConfigureWebJobs(builder =>
            {
                builder.AddAzureStorageCoreServices();
                builder.AddTimers();
                builder.AddDurableTask();
            })
            .ConfigureServices(services =>
            {
                services.AddSingleton<ITypeLocator>(new FunctionTypes(functions));
                NoWebHooks.AddTo(services);
                services.AddSingleton<ScheduleMonitor, NoScheduleMonitor>();
                services.AddSingleton<IHostIdProvider>(new FixedHostId(arguments.HostId));
                services.Configure<HostOptions>(options => options.ShutdownTimeout = Grace);
            })
            .Build();
    }

    /// <returns>What the worker's durable clients bind to.</returns>
    public async Task<string> StartAsync(CancellationToken cancellationToken)
    {
        await _host.StartAsync(cancellationToken);
        TaskCompletionSource<string> client = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Bridge.TakeClient = text => client.TrySetResult(text);
        JobHost jobs = (JobHost)_host.Services.GetRequiredService<IJobHost>();
        await jobs.CallAsync(FunctionTypes.Client, arguments: null, cancellationToken);
        return await client.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Lets what runs end.</summary>
    public async Task StopAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await _host.StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(2));
        if (!_isStopped)
        {
            await _host.StopAsync(soon.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _host.Dispose();
    }
}
