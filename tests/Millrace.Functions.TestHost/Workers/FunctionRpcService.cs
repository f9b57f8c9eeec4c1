using Grpc.Core;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Workers;

/// <summary>Where workers call: each has one stream, and says first who it is.</summary>
internal sealed class FunctionRpcService(WorkerPool pool) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context
    )
    {
        if (
            !await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current.StartStream is not { } start
            || pool.Find(start.WorkerId) is not { } channel
        )
        {
            throw new Grpc.Core.RpcException(new Status(StatusCode.FailedPrecondition, "A worker that this host has not started."));
        }

        await channel.RunAsync(requestStream, responseStream, context.CancellationToken);
    }
}
