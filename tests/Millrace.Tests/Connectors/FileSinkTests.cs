using System.Globalization;
using FsCheck.Xunit;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Connectors;

public sealed class FileSinkTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("millrace-files-").FullName;
    private readonly ManualTimeProvider _time = new();

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void ShouldShowPartOnlyWhenItsCheckpointIsComplete_WhenItIsClosed()
    {
        ICommittingSinkWriter<string> writer = Writer(Sink(new FileRollingPolicy { MaxPartSize = 4 }));
        writer.Recover([]);
        Write(writer, ("a", 0), ("bc", 1), ("d", 2));
        Assert.Empty(Finished());
        writer.Flush(endOfInput: false);
        ReadOnlyMemory<byte> committable = writer.PrepareCommit(1);
        Assert.Empty(Finished());
        writer.Commit(committable);
        writer.Commit(committable);

        Assert.Equal(["a\nbc\n"], Finished().Select(File.ReadAllText));
    }

    [Fact]
    public void ShouldPartitionByEventTime_WhenBucketsAreMinutes()
    {
        FileSink<string> sink = Sink(new FileRollingPolicy { RollsOnCheckpoint = true })
            .WithBucketAssigner(new DateTimeBucketAssigner<string>("'dt='yyyy-MM-dd'/hm='HHmm"))
            .WithOutputFileConfig("bids", ".csv");
        ICommittingSinkWriter<string> writer = Writer(sink);
        writer.Recover([]);
        Write(writer, ("a", 1_436_918_400_000), ("b", 1_436_918_459_999), ("c", 1_436_918_460_000), ("d", -1));
        writer.Flush(endOfInput: false);
        writer.Commit(writer.PrepareCommit(1));

        Assert.Equal(
            [("dt=1969-12-31/hm=2359", "d\n"), ("dt=2015-07-15/hm=0000", "a\nb\n"), ("dt=2015-07-15/hm=0001", "c\n")],
            Finished().Select(file => (Path.GetRelativePath(_path, Path.GetDirectoryName(file)!), File.ReadAllText(file))).Order()
        );
        Assert.All(Finished(), file => Assert.Matches("^bids-0-[0-9a-f]{12}-[0-9]+\\.csv$", Path.GetFileName(file)));
    }

    [Fact]
    public void ShouldClosePart_WhenItIsOldOrNobodyWritesOrTooManyAreOpen()
    {
        FileRollingPolicy policy = new()
        {
            RolloverInterval = TimeSpan.FromSeconds(10),
            InactivityInterval = TimeSpan.FromSeconds(4),
            MaxOpenParts = 2,
        };
        ICommittingSinkWriter<string> writer = Writer(Sink(policy).WithBucketAssigner(new FirstLetter()));
        writer.Recover([]);
        Write(writer, ("a1", 0), ("b1", 0));
        _time.Advance(TimeSpan.FromSeconds(3));
        Write(writer, ("a2", 0));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(["b: b1"], Checkpoint(writer, 1));
        Write(writer, ("a3", 0));
        _time.Advance(TimeSpan.FromSeconds(3));
        Write(writer, ("a4", 0));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a: a1 a2 a3 a4", "b: b1"], Checkpoint(writer, 2));
        Write(writer, ("x1", 0), ("y1", 0), ("z1", 0));

        Assert.Equal(["a: a1 a2 a3 a4", "b: b1", "x: x1"], Checkpoint(writer, 3));
    }

    [Fact]
    public void ShouldKeepApart_WhenSinksShareAPath()
    {
        ICommittingSinkWriter<string> one = Writer(Sink(new FileRollingPolicy()), uid: "one");
        one.Recover([]);
        Write(one, ("mine", 0));
        one.Flush(endOfInput: false);
        ReadOnlyMemory<byte> committable = one.PrepareCommit(1);
        Writer(Sink(new FileRollingPolicy()), uid: "other").Recover([]);
        ICommittingSinkWriter<string> restored = Writer(Sink(new FileRollingPolicy()), uid: "one");
        restored.Recover([committable]);

        Assert.Equal(["mine\n"], Finished().Select(File.ReadAllText));
    }

    [Fact]
    public void ShouldSayWhatToDo_WhenPartsAreNotWhatTheCheckpointKnows()
    {
        ICommittingSinkWriter<string> writer = Writer(Sink(new FileRollingPolicy()));
        writer.Recover([]);
        Write(writer, ("a", 0));
        writer.Flush(endOfInput: false);
        ReadOnlyMemory<byte> old = writer.PrepareCommit(1);
        Write(writer, ("b", 0));
        writer.Flush(endOfInput: true);
        writer.Commit(writer.PrepareCommit(2));

        IOException error = Assert.Throws<IOException>(() => Writer(Sink(new FileRollingPolicy())).Recover([old]));
        Assert.Contains("was finished with 4 bytes, expected 2 bytes", error.Message, StringComparison.Ordinal);
        InvalidOperationException outside = Assert.Throws<InvalidOperationException>(() =>
            Write(Writer(Sink(new FileRollingPolicy()).WithBucketAssigner(new Outside())), ("a", 0))
        );
        Assert.Contains("'..'", outside.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Tasks that write, are checkpointed and crash at any point, with the commit done by all, some or none of them: what is finished is
    /// what the last checkpoint covers, each record once.
    /// </summary>
    [Property(MaxTest = 100)]
    public void ShouldHoldEachRecordOnce_WhenTasksCrashAnywhere((byte Kind, byte Value)[] steps, bool rollsOnCheckpoint)
    {
        Directory.Delete(_path, recursive: true);
        Directory.CreateDirectory(_path);
        FileSink<string> sink = Sink(
                new FileRollingPolicy
                {
                    MaxPartSize = 12,
                    MaxOpenParts = 2,
                    RollsOnCheckpoint = rollsOnCheckpoint,
                }
            )
            .WithBucketAssigner(new FirstLetter());
        List<string> written = [];
        List<string> covered = [];
        List<ReadOnlyMemory<byte>> checkpoint = [];
        List<ReadOnlyMemory<byte>>[] pending =
        [
            [],
        ];
        ICommittingSinkWriter<string>[] tasks = Start(sink, 1, checkpoint);
        long id = 0;
        foreach ((byte kind, byte value) in steps.Append(((byte)6, (byte)0)))
        {
            switch (kind % 8)
            {
                case 5:
                    id++;
                    for (int task = 0; task < tasks.Length; task++)
                    {
                        tasks[task].Flush(endOfInput: false);
                        pending[task].Add(tasks[task].PrepareCommit(id));
                        pending[task].RemoveAll(static committable => committable.IsEmpty);
                    }

                    // A checkpoint that fails leaves its committables to the next one.
                    if (value % 4 == 0)
                    {
                        break;
                    }

                    covered = [.. written];
                    checkpoint = [.. pending.SelectMany(static committables => committables)];
                    for (int task = 0; task < value % 4 && task < tasks.Length; task++)
                    {
                        pending[task].ForEach(tasks[task].Commit);
                        pending[task].Clear();
                    }

                    break;
                case 6 or 7:
                    tasks = Start(sink, 1 + (value % 3), checkpoint);
                    pending = [.. tasks.Select(static _ => new List<ReadOnlyMemory<byte>>())];
                    written = [.. covered];
                    break;
                default:
                    string record = string.Create(CultureInfo.InvariantCulture, $"{(char)('a' + (value % 4))}{written.Count}-{id}");
                    written.Add(record);
                    Write(tasks[value % tasks.Length], (record, 0));
                    break;
            }
        }

        Assert.Equal(covered.Order(StringComparer.Ordinal), Finished().SelectMany(File.ReadAllLines).Order(StringComparer.Ordinal));
        Assert.Equal(Finished().Length, Directory.GetFiles(_path, "*", All).Length);
    }

    private static EnumerationOptions All => new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };

    private static void Write(ICommittingSinkWriter<string> writer, params (string Value, long Timestamp)[] records)
    {
        RecordBatch<string> batch = new(records.Length);
        foreach ((string value, long timestamp) in records)
        {
            batch.Add(value, timestamp);
        }

        writer.Write(batch);
    }

    private ICommittingSinkWriter<string>[] Start(FileSink<string> sink, int parallelism, List<ReadOnlyMemory<byte>> checkpoint)
    {
        ICommittingSinkWriter<string>[] tasks = new ICommittingSinkWriter<string>[parallelism];
        for (int task = 0; task < parallelism; task++)
        {
            tasks[task] = Writer(sink, task: task, parallelism: parallelism);
            tasks[task].Recover(checkpoint);
        }

        return tasks;
    }

    private string[] Checkpoint(ICommittingSinkWriter<string> writer, long id)
    {
        writer.Flush(endOfInput: false);
        ReadOnlyMemory<byte> committable = writer.PrepareCommit(id);
        if (!committable.IsEmpty)
        {
            writer.Commit(committable);
        }

        return
        [
            .. Finished()
                .Select(file => $"{Path.GetFileName(Path.GetDirectoryName(file))}: {string.Join(' ', File.ReadAllLines(file))}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private string[] Finished() => [.. Directory.GetFiles(_path, "*", All).Where(file => !Path.GetFileName(file).StartsWith('.'))];

    private FileSink<string> Sink(FileRollingPolicy policy) =>
        FileSink
            .ForRowFormat(_path, new SimpleStringEncoder<string>())
            .WithBucketAssigner(new BasePathBucketAssigner<string>())
            .WithRollingPolicy(policy);

    private ICommittingSinkWriter<string> Writer(FileSink<string> sink, string uid = "files", int task = 0, int parallelism = 1) =>
        (ICommittingSinkWriter<string>)
            sink.CreateWriter(
                new ConnectorContext("job", uid, task, parallelism, _time, NullLoggerFactory.Instance, CancellationToken.None)
            );

    private sealed class FirstLetter : IBucketAssigner<string>
    {
        public string BucketOf(string value, long timestamp) => value[..1];
    }

    private sealed class Outside : IBucketAssigner<string>
    {
        public string BucketOf(string value, long timestamp) => "../outside";
    }
}
