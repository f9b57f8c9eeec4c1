using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Workers;

/// <summary>
/// One worker process and its stream. <c>Started -> Connected -> Initialized -> Indexed -> Loaded -> Ended</c>
/// </summary>
internal sealed class WorkerChannel : IDisposable
{
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _answers = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly Action<string> _log;

    public WorkerChannel(string id, Process process, Action<string> log)
    {
        Id = id;
        _process = process;
        _log = log;
    }

    public string Id { get; }

    public IReadOnlyDictionary<string, HostFunction> Functions { get; private set; } = new Dictionary<string, HostFunction>();

    /// <summary>Brings the worker up to where it takes invocations.</summary>
    public async Task LoadAsync(string folder, CancellationToken cancellationToken)
    {
        await _connected.Task.WaitAsync(cancellationToken);
        WorkerInitRequest init = new()
        {
            HostVersion = "4.1044.0",
            WorkerDirectory = folder,
            FunctionAppDirectory = folder,
        };
        StreamingMessage initialized = await AskAsync("init", new StreamingMessage { WorkerInitRequest = init }, cancellationToken);
        Require(initialized.WorkerInitResponse.Result);
        StreamingMessage indexed = await AskAsync(
            "index",
            new StreamingMessage { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = folder } },
            cancellationToken
        );
        Require(indexed.FunctionMetadataResponse.Result);
        Dictionary<string, HostFunction> functions = new(StringComparer.Ordinal);
        foreach (RpcFunctionMetadata metadata in indexed.FunctionMetadataResponse.FunctionMetadataResults)
        {
            metadata.FunctionId = metadata.FunctionId.Length > 0 ? metadata.FunctionId : metadata.Name;
            FunctionLoadRequest load = new() { FunctionId = metadata.FunctionId, Metadata = metadata };
            StreamingMessage loaded = await AskAsync(
                "load " + metadata.FunctionId,
                new StreamingMessage { FunctionLoadRequest = load },
                cancellationToken
            );
            Require(loaded.FunctionLoadResponse.Result);
            functions.Add(metadata.Name, new HostFunction(metadata));
        }

        Functions = functions;
    }

    /// <exception cref="WorkerProcessExitException">The worker has died.</exception>
    /// <exception cref="FunctionFailedException">The function has failed.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        await using CancellationTokenRegistration cancelled = cancellationToken.Register(() =>
            Send(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = request.InvocationId } })
        );
        StreamingMessage answer = await AskAsync(
            request.InvocationId,
            new StreamingMessage { InvocationRequest = request },
            CancellationToken.None
        );
        return answer.InvocationResponse.Result.Status == StatusResult.Types.Status.Success
            ? answer.InvocationResponse
            : throw new FunctionFailedException(answer.InvocationResponse.Result);
    }

    /// <summary>Reads and writes until one side ends.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> incoming,
        IServerStreamWriter<StreamingMessage> outgoing,
        CancellationToken cancellationToken
    )
    {
        _connected.TrySetResult();
        Task writing = Task.Run(
            async () =>
            {
                await foreach (StreamingMessage message in _outgoing.Reader.ReadAllAsync(cancellationToken))
                {
                    await outgoing.WriteAsync(message, cancellationToken);
                }
            },
            cancellationToken
        );
        try
        {
            while (await incoming.MoveNext(cancellationToken))
            {
                Take(incoming.Current);
            }
        }
        catch (Exception exception) when (exception is IOException or Grpc.Core.RpcException or OperationCanceledException)
        {
            _log($"host: the stream of worker {Id} has ended: {exception.Message}");
        }

        _outgoing.Writer.TryComplete();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Asks the worker to end, as the host does when it is stopped.</summary>
    public void Terminate(TimeSpan grace) =>
        Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(grace) } });

    /// <summary>Nothing comes from this worker any more.</summary>
    public void Fail()
    {
        _outgoing.Writer.TryComplete();
        WorkerProcessExitException exception = new($"Worker process {Id} has exited.");
        _connected.TrySetException(exception);
        foreach (string key in _answers.Keys)
        {
            if (_answers.TryRemove(key, out TaskCompletionSource<StreamingMessage>? answer))
            {
                answer.TrySetException(exception);
            }
        }
    }

    public Task WaitForExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken);

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    public void Dispose() => _process.Dispose();

    private static void Require(StatusResult? result)
    {
        if (result is { Status: not StatusResult.Types.Status.Success })
        {
            throw new FunctionFailedException(result);
        }
    }

    private async Task<StreamingMessage> AskAsync(string key, StreamingMessage question, CancellationToken cancellationToken)
    {
        TaskCompletionSource<StreamingMessage> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[key] = answer;
        if (!Send(question) && _answers.TryRemove(key, out _))
        {
            throw new WorkerProcessExitException($"Worker process {Id} has exited.");
        }

        return await answer.Task.WaitAsync(cancellationToken);
    }

    private bool Send(StreamingMessage message)
    {
        message.RequestId = Id;
        return _outgoing.Writer.TryWrite(message);
    }

    private void Take(StreamingMessage message)
    {
        string? key = message.ContentCase switch
        {
            StreamingMessage.ContentOneofCase.WorkerInitResponse => "init",
            StreamingMessage.ContentOneofCase.FunctionMetadataResponse => "index",
            StreamingMessage.ContentOneofCase.FunctionLoadResponse => "load " + message.FunctionLoadResponse.FunctionId,
            StreamingMessage.ContentOneofCase.InvocationResponse => message.InvocationResponse.InvocationId,
            _ => null,
        };
        if (key is not null && _answers.TryRemove(key, out TaskCompletionSource<StreamingMessage>? answer))
        {
            answer.TrySetResult(message);
        }
        else if (message.RpcLog is { Level: >= RpcLog.Types.Level.Warning } log)
        {
            _log($"worker: {log.Level} {log.Category}: {log.Message} {log.Exception?.Message} {log.Exception?.StackTrace}");
        }
    }
}
