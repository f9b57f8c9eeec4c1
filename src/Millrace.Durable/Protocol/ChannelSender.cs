namespace Millrace.Durable.Protocol;

/// <summary>
/// Chains the envelopes of one channel: each names the position sent before it. A payload over the limit becomes fragments.
/// </summary>
internal sealed class ChannelSender(string job, ChannelId channel, long epoch, long previous, bool isResend = false)
{
    public ChannelId Channel => channel;

    /// <summary>The last position sent so far.</summary>
    public long Previous { get; private set; } = previous;

    /// <summary>
    /// Appends the envelopes that carry positions <c>[from, to]</c>. The payload is not copied: it must not change until they are encoded.
    /// </summary>
    public void Send(PayloadKind kind, long from, long to, ReadOnlyMemory<byte> payload, long watermark, ICollection<Envelope> output)
    {
        if (to <= Previous)
        {
            throw new ArgumentException(
                $"Channel {channel}: positions [{from}..{to}] do not follow {Previous}, the last one sent.",
                nameof(to)
            );
        }

        int count = Math.Max(1, (payload.Length + EnvelopeLimits.MaxPayloadBytes - 1) / EnvelopeLimits.MaxPayloadBytes);
        for (int i = 0; i < count; i++)
        {
            int start = i * EnvelopeLimits.MaxPayloadBytes;
            output.Add(
                new Envelope
                {
                    Job = job,
                    Channel = channel,
                    Epoch = epoch,
                    Previous = Previous,
                    From = from,
                    To = to,
                    Watermark = watermark,
                    Kind = kind,
                    IsResend = isResend,
                    Fragment = i,
                    FragmentCount = count,
                    Payload = payload.Slice(start, Math.Min(EnvelopeLimits.MaxPayloadBytes, payload.Length - start)),
                }
            );
        }

        Previous = to;
    }
}
