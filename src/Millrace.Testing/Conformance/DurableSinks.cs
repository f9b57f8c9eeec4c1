using Millrace.Connectors;
using Millrace.Serialization;

namespace Millrace.Testing.Conformance;

/// <summary>Checks of the two parts of a sink that runs on every host.</summary>
internal static class DurableSinks<T>
{
    public static IReadOnlyList<Func<SinkScope<T>, Task>> Checks { get; } =
    [
        ShouldEncodeToTheSameBytes_WhenARecordIsEncodedAgain,
        ShouldAppend_WhenEncodingBehindOtherBytes,
        ShouldShowEachRecord_WhenItIsSent,
        ShouldSendNothingTwice_WhenExactlyOnceAndRepeated,
        ShouldSendTheRest_WhenExactlyOnceAndAPartWasSent,
        ShouldLoseNothing_WhenSendingIsRepeated,
        ShouldKeepTasksApart_WhenTheirNumbersAreEqual,
        ShouldStop_WhenSendingIsCancelled,
        ShouldSendNothing_WhenThereIsNoRecord,
    ];

    private static Task ShouldEncodeToTheSameBytes_WhenARecordIsEncodedAgain(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is IDurableSink<T> sink && scope.Subject.Create() is IDurableSink<T> other)
        {
            // Nothing is sent: encoding needs nobody outside.
            for (int number = 0; number < 10; number++)
            {
                byte[] first = Encode(scope, sink, number);
                Check.SameBytes(first, Encode(scope, sink, number), $"record {number}, encoded again,");
                Check.SameBytes(first, Encode(scope, other, number), $"record {number}, encoded by another process,");
            }
        }

        return Task.CompletedTask;
    }

    private static Task ShouldAppend_WhenEncodingBehindOtherBytes(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is IDurableSink<T> sink)
        {
            DataWriter output = new();
            output.WriteInt32(42);
            byte[] alone = Encode(scope, sink, 1);
            sink.Encode(scope.Subject.RecordOf(1), SinkScope<T>.TimestampOf(1), output);
            Check.Equal(42, new DataReader(output.WrittenSpan).ReadInt32(), "what stood before an encoded record");
            Check.SameBytes(alone, output.WrittenMemory[4..], "a record encoded behind other bytes");
        }

        return Task.CompletedTask;
    }

    private static async Task ShouldShowEachRecord_WhenItIsSent(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> sink)
        {
            return;
        }

        IDurableSinkSender sender = sink.CreateSender(scope.Context());
        await using (sender.ConfigureAwait(false))
        {
            await SendAsync(scope, sink, sender, 0, 5).ConfigureAwait(false);
            await scope.ExpectAsync(scope.RecordsOf(0, 5), isOnce: true, "when sent").ConfigureAwait(false);
            await SendAsync(scope, sink, sender, 5, 5).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when more are sent").ConfigureAwait(false);
        await scope.ExpectOrderAsync(scope.RecordsOf(0, 10), "when sent").ConfigureAwait(false);
    }

    private static async Task ShouldSendNothingTwice_WhenExactlyOnceAndRepeated(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> { Guarantee: DurableSinkGuarantee.ExactlyOnce } sink)
        {
            return;
        }

        IDurableSinkSender sender = sink.CreateSender(scope.Context());
        await using (sender.ConfigureAwait(false))
        {
            await SendAsync(scope, sink, sender, 0, 8).ConfigureAwait(false);
            await SendAsync(scope, sink, sender, 0, 8).ConfigureAwait(false);
            await scope.ExpectAsync(scope.RecordsOf(0, 8), isOnce: true, "when sent twice").ConfigureAwait(false);
        }

        IDurableSinkSender other = CreateDurable(scope).CreateSender(scope.Context());
        await using (other.ConfigureAwait(false))
        {
            await SendAsync(scope, sink, other, 0, 8).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 8), isOnce: true, "when sent again by another process").ConfigureAwait(false);
    }

    private static async Task ShouldSendTheRest_WhenExactlyOnceAndAPartWasSent(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> { Guarantee: DurableSinkGuarantee.ExactlyOnce } sink)
        {
            return;
        }

        IDurableSinkSender sender = sink.CreateSender(scope.Context());
        await using (sender.ConfigureAwait(false))
        {
            await SendAsync(scope, sink, sender, 0, 5).ConfigureAwait(false);
        }

        IDurableSinkSender other = CreateDurable(scope).CreateSender(scope.Context());
        await using (other.ConfigureAwait(false))
        {
            await SendAsync(scope, sink, other, 2, 8).ConfigureAwait(false);
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 10), isOnce: true, "when a part was sent before").ConfigureAwait(false);
        await scope.ExpectOrderAsync(scope.RecordsOf(0, 10), "when a part was sent before").ConfigureAwait(false);
    }

    private static async Task ShouldLoseNothing_WhenSendingIsRepeated(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> sink)
        {
            return;
        }

        for (int attempt = 0; attempt < 2; attempt++)
        {
            IDurableSinkSender sender = CreateDurable(scope).CreateSender(scope.Context());
            await using (sender.ConfigureAwait(false))
            {
                await SendAsync(scope, sink, sender, 0, 5 + attempt).ConfigureAwait(false);
            }
        }

        await scope.ExpectAsync(scope.RecordsOf(0, 6), isOnce: false, "when sending is repeated").ConfigureAwait(false);
    }

    private static async Task ShouldKeepTasksApart_WhenTheirNumbersAreEqual(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> sink)
        {
            return;
        }

        for (int task = 0; task < 2; task++)
        {
            IDurableSinkSender sender = CreateDurable(scope).CreateSender(scope.Context(task, parallelism: 2));
            await using (sender.ConfigureAwait(false))
            {
                DurableSinkRecord[] records =
                [
                    .. Enumerable
                        .Range(0, 5)
                        .Select(i => new DurableSinkRecord(i, $"conformance/sink/{task}/{i}", Encode(scope, sink, (task * 10) + i))),
                ];
                await SendAsync(scope, sender, records).ConfigureAwait(false);
            }
        }

        await scope
            .ExpectAsync([.. scope.RecordsOf(0, 5), .. scope.RecordsOf(10, 5)], isOnce: true, "of two tasks with equal numbers")
            .ConfigureAwait(false);
    }

    private static async Task ShouldStop_WhenSendingIsCancelled(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> sink)
        {
            return;
        }

        IDurableSinkSender sender = sink.CreateSender(scope.Context());
        await using (sender.ConfigureAwait(false))
        {
            await Check
                .ObservesCancellationAsync(token => sender.SendAsync(RecordsOf(scope, sink, 0, 5), token), scope.Patience, "sending")
                .ConfigureAwait(false);

            // They may have been sent or not; the repetition makes it certain.
            await SendAsync(scope, sink, sender, 0, 5).ConfigureAwait(false);
        }

        bool isOnce = sink.Guarantee == DurableSinkGuarantee.ExactlyOnce;
        await scope.ExpectAsync(scope.RecordsOf(0, 5), isOnce, "when sending was cancelled and repeated").ConfigureAwait(false);
    }

    private static async Task ShouldSendNothing_WhenThereIsNoRecord(SinkScope<T> scope)
    {
        if (scope.Subject.Create() is not IDurableSink<T> sink)
        {
            return;
        }

        IDurableSinkSender sender = sink.CreateSender(scope.Context());
        await using (sender.ConfigureAwait(false))
        {
            await SendAsync(scope, sender, []).ConfigureAwait(false);
        }

        await sink.CreateSender(scope.Context()).DisposeAsync().ConfigureAwait(false);
        await scope.ExpectAsync([], isOnce: true, "when nothing was sent").ConfigureAwait(false);
    }

    private static byte[] Encode(SinkScope<T> scope, IDurableSink<T> sink, int number)
    {
        DataWriter output = new();
        sink.Encode(scope.Subject.RecordOf(number), SinkScope<T>.TimestampOf(number), output);
        return output.ToArray();
    }

    private static DurableSinkRecord[] RecordsOf(SinkScope<T> scope, IDurableSink<T> sink, int first, int count) =>
        [
            .. Enumerable
                .Range(first, count)
                .Select(number => new DurableSinkRecord(number, $"conformance/sink/0/{number}", Encode(scope, sink, number))),
        ];

    private static Task SendAsync(SinkScope<T> scope, IDurableSink<T> sink, IDurableSinkSender sender, int first, int count) =>
        SendAsync(scope, sender, RecordsOf(scope, sink, first, count));

    private static Task SendAsync(SinkScope<T> scope, IDurableSinkSender sender, IReadOnlyList<DurableSinkRecord> records) =>
        Check.InTimeAsync(sender.SendAsync(records, scope.CancellationToken), scope.Patience, "sending");

    private static IDurableSink<T> CreateDurable(SinkScope<T> scope) => (IDurableSink<T>)scope.Subject.Create();
}
