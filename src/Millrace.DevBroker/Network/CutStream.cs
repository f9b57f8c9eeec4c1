using System.Net.Sockets;

namespace Millrace.DevBroker.Network;

/// <summary>A connection that breaks after so many bytes were sent on it, in the middle of a response if that is where they end.</summary>
internal sealed class CutStream(Socket socket, long bytes, Action cut) : NetworkStream(socket, ownsSocket: true)
{
    private long _left = bytes;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int allowed = (int)Math.Min(_left, buffer.Length);
        _left -= allowed;
        if (allowed > 0)
        {
            await base.WriteAsync(buffer[..allowed], cancellationToken).ConfigureAwait(false);
        }

        if (allowed == buffer.Length)
        {
            return;
        }

        cut();
        throw new IOException("The connection was cut by an injected fault.");
    }
}
