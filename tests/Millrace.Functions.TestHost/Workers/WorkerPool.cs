using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Workers;

/// <summary>Keeps one worker alive: starts it again when it dies, and holds invocations back until it has loaded the functions.</summary>
internal sealed class WorkerPool(HostArguments arguments, Action<string> log) : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, WorkerChannel> _channels = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource<WorkerChannel> _current = New();
    private Task _supervision = Task.CompletedTask;

    public WorkerChannel? Find(string id) => _channels.GetValueOrDefault(id);

    /// <param name="address">Where the worker calls.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The functions of the app.</returns>
    public async Task<IReadOnlyDictionary<string, HostFunction>> StartAsync(Uri address, CancellationToken cancellationToken)
    {
        _supervision = SuperviseAsync(address);
        return (await Volatile.Read(ref _current).Task.WaitAsync(cancellationToken)).Functions;
    }

    /// <summary>Invokes in the worker that lives, or the next one.</summary>
    public async Task<InvocationResponse> InvokeAsync(
        string function,
        IReadOnlyCollection<ParameterBinding> inputs,
        CancellationToken cancellationToken
    )
    {
        WorkerChannel channel = await Volatile.Read(ref _current).Task.WaitAsync(cancellationToken);
        InvocationRequest request = new()
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = channel.Functions[function].Id,
            TraceContext = new RpcTraceContext(),
        };
        request.InputData.AddRange(inputs);

        // Parameters that are named after parts of the route.
        foreach ((string name, string value) in inputs.SelectMany(input => input.Data.Http?.Params ?? []))
        {
            request.TriggerMetadata[name] = new TypedData { String = value };
        }

        return await channel.InvokeAsync(request, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _supervision.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private static TaskCompletionSource<WorkerChannel> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SuperviseAsync(Uri address)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(arguments.App))!;
        while (!_stopping.IsCancellationRequested)
        {
            using WorkerChannel channel = Start(address, folder);
            Task exited = channel.WaitForExitAsync(CancellationToken.None);
            _ = exited.ContinueWith(_ => channel.Fail(), TaskScheduler.Default);
            try
            {
                await channel.LoadAsync(folder, _stopping.Token);
                Volatile.Read(ref _current).TrySetResult(channel);
                await exited.WaitAsync(_stopping.Token);
                log($"host: worker {channel.Id} has exited");
            }
            catch (OperationCanceledException)
            {
                channel.Terminate(Grace);
                await Task.WhenAny(exited, Task.Delay(Grace));
            }
            catch (Exception exception) when (exception is WorkerProcessExitException or FunctionFailedException)
            {
                // Before it had loaded all: the next one would end likewise, as the app's own tests show.
                log($"host: worker {channel.Id} did not start: {exception.Message}");
                Volatile.Read(ref _current).TrySetException(exception);
                return;
            }
            finally
            {
                Volatile.Write(ref _current, New());
                channel.Kill();
                channel.Fail();
                _channels.TryRemove(channel.Id, out _);
            }
        }
    }

    private WorkerChannel Start(Uri address, string folder)
    {
        string id = Guid.NewGuid().ToString();
        string[] values = [address.Host, address.Port.ToString(CultureInfo.InvariantCulture), id, id, "2147483647"];
        string[] names = ["--host", "--port", "--workerId", "--requestId", "--grpcMaxMessageLength"];
        ProcessStartInfo info = new("dotnet")
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { arguments.App },
        };
        foreach ((string name, string value) in names.Zip(values))
        {
            info.ArgumentList.Add(name);
            info.ArgumentList.Add(value);
        }

        foreach (string pair in (string[])[$"uri={address}", $"worker-id={id}", $"request-id={id}", $"grpc-max-message-length={values[4]}"])
        {
            info.ArgumentList.Add("--functions-" + pair);
        }

        info.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        info.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        info.Environment["AzureWebJobsStorage"] = arguments.Storage;
        foreach ((string name, string? value) in arguments.Settings)
        {
            info.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        Process process = Process.Start(info) ?? throw new InvalidOperationException($"'dotnet {arguments.App}' did not start.");
        WorkerChannel channel = new(id, process, log);
        _channels[id] = channel;
        process.OutputDataReceived += (_, line) => Log(line);
        process.ErrorDataReceived += (_, line) => Log(line);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{HostLines.Worker}{process.Id}"));
        return channel;

        void Log(DataReceivedEventArgs line)
        {
            if (!string.IsNullOrEmpty(line.Data))
            {
                log("worker: " + line.Data);
            }
        }
    }
}
