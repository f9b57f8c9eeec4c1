using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>How a durable sink may be wrong.</summary>
internal enum SinkFault
{
    None,
    AcknowledgesBeforeItSends,
    SendsBackwards,
    SendsTwice,
    IgnoresItsMarker,
    MarksForAllTasks,
    EncodesTheTime,
    ClearsWhatWasEncoded,
    EncodesWithAConnection,
    IgnoresCancellation,
    FailsWhenCancelled,
    RejectsItself,
    NamesNoTopic,
    HangsWhenDisposed,
    SendsSomethingOfNothing,
}

/// <summary>Writes a <see cref="MemoryLog"/> with nothing but the two parts that every host needs.</summary>
internal sealed class MemoryLogSink(MemoryLog log, DurableSinkGuarantee guarantee, SinkFault fault = SinkFault.None) : IDurableSink<string>
{
    private int _encoded;
    private bool _connected;

    public DurableSinkGuarantee Guarantee => guarantee;

    public IReadOnlyList<Topic> Topics => [fault == SinkFault.NamesNoTopic ? default : log.Topic];

    /// <summary>Fails the next request when it is set, half of it sent.</summary>
    public bool FailsOnce { get; set; }

    public void Validate(ICollection<string> errors)
    {
        if (fault == SinkFault.RejectsItself)
        {
            errors.Add("The sink finds itself wrong.");
        }
    }

    public void Encode(string value, long timestamp, DataWriter output)
    {
        if (value == "bad")
        {
            throw new FormatException("A line that this sink does not take.");
        }

        if (fault == SinkFault.EncodesWithAConnection && !_connected)
        {
            throw new InvalidOperationException("There is no connection.");
        }

        if (fault == SinkFault.ClearsWhatWasEncoded)
        {
            output.Clear();
        }

        output.WriteString(value);
        if (fault == SinkFault.EncodesTheTime)
        {
            output.WriteInt32(Interlocked.Increment(ref _encoded));
        }
    }

    public IDurableSinkSender CreateSender(ConnectorContext context)
    {
        _connected = true;
        return new Sender(this, log, context, fault);
    }

    private sealed class Sender(MemoryLogSink sink, MemoryLog log, ConnectorContext context, SinkFault fault) : IDurableSinkSender
    {
        private readonly string _key =
            fault == SinkFault.MarksForAllTasks
                ? context.Incarnation
                : FormattableString.Invariant($"{context.Incarnation}/{context.OperatorUid}/{context.TaskIndex}");

        public async Task SendAsync(IReadOnlyList<DurableSinkRecord> records, CancellationToken cancellationToken)
        {
            if (cancellationToken.IsCancellationRequested && fault == SinkFault.IgnoresCancellation)
            {
                await new TaskCompletionSource().Task;
            }

            if (cancellationToken.IsCancellationRequested && fault == SinkFault.FailsWhenCancelled)
            {
                throw new InvalidOperationException("Not now.");
            }

            cancellationToken.ThrowIfCancellationRequested();
            bool isExactlyOnce = sink.Guarantee == DurableSinkGuarantee.ExactlyOnce;
            if (fault == SinkFault.SendsSomethingOfNothing && records.Count == 0)
            {
                log.Append(context.TaskIndex, "");
            }

            // The lock is the transaction of records and marker.
            lock (log.Markers)
            {
                long marker = isExactlyOnce && fault != SinkFault.IgnoresItsMarker ? log.Markers.GetValueOrDefault(_key, -1) : -1;
                DurableSinkRecord[] sent = [.. records.Where(record => record.Sequence > marker)];
                if (fault == SinkFault.AcknowledgesBeforeItSends && sent.Length > 0)
                {
                    sent = sent[..^1];
                }

                foreach (DurableSinkRecord record in fault == SinkFault.SendsBackwards ? sent.AsEnumerable().Reverse() : sent)
                {
                    for (int time = 0; time < (fault == SinkFault.SendsTwice ? 2 : 1); time++)
                    {
                        log.Append(context.TaskIndex, new DataReader(record.Data.Span).ReadString()!);
                    }

                    if (sink.FailsOnce && !isExactlyOnce)
                    {
                        sink.FailsOnce = false;
                        throw new IOException("The destination has gone away.");
                    }
                }

                if (records.Count > 0)
                {
                    log.Markers[_key] = Math.Max(marker, records[^1].Sequence);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (fault == SinkFault.HangsWhenDisposed)
            {
                await new TaskCompletionSource().Task;
            }
        }
    }
}
