using System.Net;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Functions.TestHost.Durable;
using Millrace.Functions.TestHost.Http;
using Millrace.Functions.TestHost.Kafka;
using Millrace.Functions.TestHost.Protocol;
using Millrace.Functions.TestHost.Workers;
using Newtonsoft.Json.Linq;

namespace Millrace.Functions.TestHost;

/// <summary>
/// A host for the app: what the Functions host does with its worker process and its triggers, with the real Durable and timer extensions.
/// </summary>
internal sealed class AppHost : IAsyncDisposable
{
    private readonly HostArguments _arguments;
    private readonly IConfiguration _configuration;
    private readonly ErrorLog _logs = new();
    private readonly WorkerPool _workers;
    private readonly WebApplication _rpc;
    private readonly KafkaOutput _output = new(ErrorLog.Write);
    private readonly List<KafkaListener> _listeners = [];
    private ExtensionsHost? _extensions;
    private WebApplication? _http;
    private readonly TaskCompletionSource<string> _client = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AppHost(HostArguments arguments)
    {
        _arguments = arguments;
        _configuration = HostConfiguration.Read(arguments);
        _workers = new WorkerPool(arguments, ErrorLog.Write);
        WebApplicationBuilder builder = Web(0, HttpProtocols.Http2);
        builder.Services.AddSingleton(_workers);
        builder.Services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = int.MaxValue;
            options.MaxSendMessageSize = int.MaxValue;
        });
        _rpc = builder.Build();
        _rpc.MapGrpcService<FunctionRpcService>();
    }

    /// <summary>Where the HTTP functions are.</summary>
    public string Address => _http is null ? "" : AddressOf(_http);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _rpc.StartAsync(cancellationToken);
        IReadOnlyDictionary<string, HostFunction> functions = await _workers.StartAsync(new Uri(AddressOf(_rpc)), cancellationToken);
        Bridge.Invoke = async (name, input, token) => Returned(await InvokeAsync(functions[name], new TypedData { String = input }, token));
        _extensions = new ExtensionsHost(_arguments, _configuration, functions.Values.Where(IsOurs), _logs);
        _client.SetResult(await _extensions.StartAsync(cancellationToken));
        if (_arguments.Has("http"))
        {
            _http = Web(_arguments.HttpPort, HttpProtocols.Http1).Build();
            HttpFunctions.Map(_http, functions.Values.Where(function => HostFunction.Is(function.TriggerType, "httpTrigger")), InvokeAsync);
            await _http.StartAsync(cancellationToken);
        }

        KafkaOptions options = KafkaOptions.Read(_configuration);
        foreach (HostFunction function in functions.Values.Where(function => HostFunction.Is(function.TriggerType, "kafkaTrigger")))
        {
            if (_arguments.Has(function.Name))
            {
                _listeners.Add(Listen(function, options));
            }
        }
    }

    /// <summary>Takes nothing new and lets what runs end.</summary>
    public async Task DrainAsync()
    {
        await Task.WhenAll(
            _listeners
                .Select(listener => EndAsync("a Kafka listener", listener.StopAsync()))
                .Append(EndAsync("the extensions", _extensions?.StopAsync() ?? Task.CompletedTask))
        );
        if (_http is not null)
        {
            await _http.StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A function may wait for a broker that is gone: only the end of its worker ends what listeners and extensions wait for.
        Task[] listeners = [.. _listeners.Select(listener => listener.DisposeAsync().AsTask())];
        await _workers.DisposeAsync();
        await Task.WhenAll(listeners);
        if (_http is not null)
        {
            await _http.DisposeAsync();
        }

        if (_extensions is not null)
        {
            await _extensions.DisposeAsync();
        }

        await _rpc.DisposeAsync();
        _output.Dispose();
        _logs.Dispose();
    }

    private static async Task EndAsync(string what, Task ending)
    {
        await ending;
        ErrorLog.Write($"host: {what} has stopped");
    }

    private static WebApplicationBuilder Web(int port, HttpProtocols protocols)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = protocols);
        });
        builder.Services.AddRoutingCore();
        return builder;
    }

    private static string AddressOf(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    // The extension wants a text as such. (The branches' common type would be JToken, which a text converts to.)
    private static object? Returned(InvocationResponse response) =>
        response.ReturnValue?.DataCase switch
        {
            TypedData.DataOneofCase.String => (object)response.ReturnValue.String,
            TypedData.DataOneofCase.Json => Plain(JToken.Parse(response.ReturnValue.Json)),
            _ => null,
        };

    private static object? Plain(JToken token) => token.Type == JTokenType.String ? (string?)token : token;

    private bool IsOurs(HostFunction function) =>
        _arguments.Has(HostFunction.Is(function.TriggerType, "timerTrigger") ? "timer" : "durable");

    private async Task<InvocationResponse> InvokeAsync(HostFunction function, TypedData trigger, CancellationToken cancellationToken)
    {
        List<ParameterBinding> inputs = [new ParameterBinding { Name = function.TriggerName, Data = trigger }];
        foreach (string client in function.Clients)
        {
            // A timer may be due before the extension can be asked for what its clients bind to.
            string text = await _client.Task.WaitAsync(cancellationToken);
            inputs.Add(
                new ParameterBinding
                {
                    Name = client,
                    Data = new TypedData { String = text },
                }
            );
        }

        InvocationResponse response = await _workers.InvokeAsync(function.Name, inputs, cancellationToken);
        foreach (ParameterBinding output in response.OutputData)
        {
            if (function.Output(output.Name) is { } binding)
            {
                _output.Write(Setting(binding, "brokerList"), Setting(binding, "topic"), output.Data);
            }
        }

        return response;
    }

    private KafkaListener Listen(HostFunction function, KafkaOptions options)
    {
        ConsumerConfig config = new()
        {
            BootstrapServers = Setting(function.Trigger, "brokerList"),
            GroupId = Setting(function.Trigger, "consumerGroup"),
            AutoOffsetReset = Enum.Parse<AutoOffsetReset>(options.AutoOffsetReset, ignoreCase: true),
            AutoCommitIntervalMs = options.AutoCommitIntervalMs,
            EnableAutoOffsetStore = false,
            SessionTimeoutMs = options.SessionTimeoutMs,
            MaxPollIntervalMs = options.MaxPollIntervalMs,
            MaxPartitionFetchBytes = options.MaxPartitionFetchBytes,
            HeartbeatIntervalMs = options.SessionTimeoutMs / 3,
        };
        return new KafkaListener(
            function.Name,
            config,
            Setting(function.Trigger, "topic"),
            options,
            (batch, cancellationToken) => InvokeAsync(function, BoundRecords.Of(batch), cancellationToken),
            ErrorLog.Write
        );
    }

    // %name% is an app setting.
    private string Setting(JsonObject binding, string name)
    {
        string text = HostFunction.Text(binding, name) ?? "";
        return text.Length > 2 && text[0] == '%' && text[^1] == '%'
            ? _configuration[text[1..^1]]
                ?? throw new InvalidOperationException($"Binding property {name} names setting {text}, which is missing.")
            : text;
    }
}
