using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Operators;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Tests.Operators;
using Millrace.Windows;

namespace Millrace.Tests.Windows;

public sealed partial class WindowCheckpointTests
{
    private sealed record Shape(AlignedTimeWindows Windows, int Lateness);

    private readonly record struct Result(long Key, long Start, string Values);

    /// <summary>A task with the chain of its checkpoints.</summary>
    private sealed class Chained(Task task)
    {
        private readonly SnapshotChain _chain = new(task.Range, isIncremental: true);
        private List<byte[]> _parts = [];
        private TaskSnapshotWriter? _writer;
        private bool _isSelfContained;

        public Task Task => task;

        /// <summary>What there was at the last barrier.</summary>
        public List<string> Expected { get; private set; } = [];

        public void Begin(int id, bool isSelfContained)
        {
            _isSelfContained = isSelfContained;
            _writer = new TaskSnapshotWriter(_chain.Plan(id, isSelfContained));
            Expected = task.Entries();
            task.Snapshot(_writer);
        }

        public bool Advance(int budget) => _writer!.Advance(ref budget);

        public List<byte[]> Complete(int id, bool isConfirmed)
        {
            using TaskSnapshotWriter writer = _writer!;
            using TaskSnapshot snapshot = writer.Complete();
            List<byte[]> all =
            [
                .. _parts.TakeLast(snapshot.Keeps).Concat(snapshot.Before.Select(part => part.Content.ToArray())).Select(Marked),
                [0, .. snapshot.Content.ToArray()],
            ];
            if (isConfirmed)
            {
                _chain.Confirm(id);
                _parts = _isSelfContained ? _parts : [.. all.Select(part => part[1..])];
            }

            return all;

            static byte[] Marked(byte[] part) => [1, .. part];
        }
    }

    private sealed class Task
    {
        private readonly AlignedWindowOperator<long, long, List<long>, List<long>, Result> _operator;

        public Task(
            Shape shape,
            int index,
            int parallelism,
            ISnapshotReader? restored,
            IStateStore? store,
            List<(Result Value, long Timestamp)> results
        )
        {
            Range = KeyGroups.RangeOf(index, Groups, parallelism);
            AlignedWindowSpec<long, long, List<long>, List<long>, Result> spec = new(
                shape.Windows,
                new SortedValues(),
                new SelectingWindowFunction<long, TimeWindow, List<long>, Result>(
                    (key, window, values) => new Result(key, window.Start, string.Join(',', values))
                ),
                TimeSpan.FromMilliseconds(shape.Lateness),
                LateTag: null,
                KeyHashers.For<long>(),
                TypeSerializers.For<long>(),
                TypeSerializers.For<List<long>>()
            );
            _operator = SlicedWindowOperator<long, long, List<long>, List<long>, Result>.Suits(shape.Windows)
                ? new SlicedWindowOperator<long, long, List<long>, List<long>, Result>(spec)
                : new WholeWindowOperator<long, long, List<long>, List<long>, Result>(spec);
            _operator.Output = new OperatorOutput<Result>(new Captured<Result>(results), 4);
            _operator.Setup(
                new OperatorContext(
                    "job",
                    "window",
                    "window",
                    index,
                    parallelism,
                    Groups,
                    4,
                    TimeProvider.System,
                    new ManualTime(),
                    NullLoggerFactory.Instance,
                    default
                )
                {
                    StateStore = () => store,
                }
            );
            _operator.Open(restored);
        }

        public KeyGroupRange Range { get; }

        public long LastWatermark { get; private set; } = long.MinValue;

        public long LateRecords => _operator.LateRecordsDropped;

        public void Push(params (long Timestamp, long Key)[] records)
        {
            KeyedBatch<long, long> batch = new(records.Length);
            foreach ((long timestamp, long key) in records)
            {
                batch.Add(key, KeyHashers.For<long>().Hash(key), timestamp, timestamp);
            }

            _operator.OnBatch(batch);
        }

        /// <summary>Some records of a slice, combined before they were sent.</summary>
        public void PushCombined(long start, long key, uint records)
        {
            DataWriter writer = new();
            writer.WriteVarInt64(start);
            writer.WriteVarUInt32(1);
            TypeSerializers.For<long>().Serialize(key, writer);
            writer.WriteVarUInt32(records);
            TypeSerializers.For<List<long>>().Serialize([start], writer);
            _operator.OnPartials(writer.WrittenSpan);
        }

        public void Watermark(long watermark)
        {
            LastWatermark = watermark;
            _operator.OnWatermark(watermark);
        }

        public void Snapshot(TaskSnapshotWriter writer) => _operator.Snapshot(1, writer.Operator("window"));

        /// <summary>All of it in one part, marked as one that nothing builds on.</summary>
        public byte[] Whole()
        {
            using TaskSnapshotWriter writer = new();
            Snapshot(writer);
            using TaskSnapshot snapshot = writer.Complete();
            return [0, .. snapshot.Content.ToArray()];
        }

        /// <summary>What is in windows, as text.</summary>
        public List<string> Entries()
        {
            List<string> entries = [];
            TaskSnapshotReader part = new(Whole().AsMemory(1), "whole");
            foreach (string name in (string[])[AlignedWindowSections.WindowEntries, AlignedWindowSections.SliceEntries])
            {
                List<KeyGroupSection> sections = [];
                part.AddKeyGroupSections("window", name, Range, sections);
                foreach (KeyGroupSection section in sections)
                {
                    DataReader data = new(section.Data.Span);
                    StateFormat.ReadSchemas(ref data, StateFormat.TableVersion, 3, name);
                    for (int count = data.ReadInt32(); count > 0; count--)
                    {
                        entries.Add(
                            $"{name} key {TypeSerializers.For<long>().Deserialize(ref data)} start "
                                + $"{TypeSerializers.For<long>().Deserialize(ref data)}: "
                                + string.Join(',', TypeSerializers.For<List<long>>().Deserialize(ref data))
                        );
                    }
                }
            }

            return entries;
        }
    }

    /// <summary>Changes its accumulator in place, and says what is in it.</summary>
    private sealed class SortedValues : IAggregateFunction<long, List<long>, List<long>>
    {
        public bool IsCommutative => true;

        public List<long> CreateAccumulator() => [];

        public List<long> Add(long value, List<long> accumulator) => Merge(accumulator, [value]);

        public List<long> GetResult(List<long> accumulator) => accumulator;

        public List<long> Merge(List<long> left, List<long> right)
        {
            left.AddRange(right);
            left.Sort();
            return left;
        }
    }
}
