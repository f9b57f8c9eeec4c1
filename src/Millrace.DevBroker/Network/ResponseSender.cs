using System.IO.Pipelines;
using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Network;

/// <summary>
/// Encodes responses one after the other and hands them to the socket; records go from the log to the socket without passing through the
/// encoder.
/// </summary>
internal sealed class ResponseSender(PipeWriter output) : IDisposable
{
    private const int FlushAt = 64 * 1024;
    private readonly MessageWriter _writer = new();
    private Wire? _wire;

    public async ValueTask SendAsync(
        ApiDescription api,
        RequestHeader header,
        IMessage response,
        bool flush,
        CancellationToken cancellationToken
    )
    {
        Encode(api, header, response);
        if (_writer.Inserts.Count == 0)
        {
            Write(_writer.Written.Span);
        }
        else
        {
            await WriteWithInsertsAsync(cancellationToken).ConfigureAwait(false);
        }

        if (flush || output.UnflushedBytes >= FlushAt)
        {
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    public void Dispose() => _writer.Dispose();

    private void Encode(ApiDescription api, RequestHeader header, IMessage response)
    {
        _writer.Reset();
        _writer.Int32(0);
        _writer.Int32(header.CorrelationId);
        if (api.HasFlexibleResponseHeader(header.Version))
        {
            _writer.NoTags();
        }

        _wire ??= new Wire(_writer);
        _wire.Body(ref response, header.Version, api.IsFlexible(header.Version));
        _writer.PatchInt32(0, checked((int)(_writer.TotalLength - sizeof(int))));
    }

    private async ValueTask WriteWithInsertsAsync(CancellationToken cancellationToken)
    {
        int written = 0;
        foreach (MessageWriter.Insert insert in _writer.Inserts)
        {
            Write(_writer.Written.Span[written..insert.Position]);
            written = insert.Position;
            await insert.Source.WriteToAsync(output, cancellationToken).ConfigureAwait(false);
        }

        Write(_writer.Written.Span[written..]);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Span<byte> target = output.GetSpan();
            int count = Math.Min(target.Length, bytes.Length);
            bytes[..count].CopyTo(target);
            output.Advance(count);
            bytes = bytes[count..];
        }
    }
}
