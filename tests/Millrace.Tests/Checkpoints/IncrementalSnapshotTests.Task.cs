using System.Buffers;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Tests.Checkpoints;

public sealed partial class IncrementalSnapshotTests
{
    /// <summary>States and timers of one operator, and which keys it may have.</summary>
    private sealed class Task
    {
        private readonly KeyedStateBackend<int> _backend;
        private readonly Timers<int, VoidNamespace> _timers;
        private readonly KeyGroupRange _range;

        public Task()
            : this(restored: null, All) { }

        public Task(ISnapshotReader? restored, KeyGroupRange range, Func<IStateStore>? open = null)
        {
            _range = range;
            IStateStore? store = open?.Invoke();
            _backend = BackendOf(restored, range, () => store);
            _timers = store is null
                ? new TimerQueue<int, VoidNamespace>("timers", _backend.Keys, TypeSerializers.For<VoidNamespace>())
                : new StoredTimerQueue<int, VoidNamespace>(
                    "timers",
                    _backend.Keys,
                    TypeSerializers.For<VoidNamespace>(),
                    store,
                    mostNear: 16
                );
            foreach (StateDescriptor descriptor in (StateDescriptor[])[Last, Seen, Counts])
            {
                Use(descriptor);
            }

            if (restored is not null)
            {
                _timers.Restore(restored);
            }
        }

        public void Snapshot(TaskSnapshotWriter writer)
        {
            ISnapshotWriter section = writer.Operator("op");
            _backend.Snapshot(section);
            _timers.Snapshot(section);
        }

        public void Set(int key, long value)
        {
            _backend.Keys.Set(key, KeyHashers.For<int>().Hash(key));
            _backend.Global.GetState(Last).Update(value);
        }

        public void Change(Random random, int keys, int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                int key = random.Next(keys);
                _backend.Keys.Set(key, KeyHashers.For<int>().Hash(key));
                switch (random.Next(10))
                {
                    case 9:
                        // The key of the timer is the current one then.
                        _timers.TryTake(random.Next(3), out _);
                        break;
                    case 0:
                        _backend.Global.ClearAll();
                        break;
                    case 1:
                        _backend.Global.GetState(Last).Clear();
                        break;
                    case 2:
                        _backend.Global.GetMapState(Counts).Remove($"{random.Next(3)}");
                        break;
                    case 3 or 4:
                        _backend.Global.GetMapState(Counts).Put($"{random.Next(3)}", i);
                        break;
                    case 5:
                        _backend.Global.GetListState(Seen).Add(i);
                        break;
                    case 6:
                        _timers.Register(default, random.Next(5));
                        break;
                    case 7:
                        _timers.Delete(default, random.Next(5));
                        break;
                    default:
                        _backend.Global.GetState(Last).Update(random.Next());
                        break;
                }
            }
        }

        /// <summary>Everything, as text.</summary>
        public SortedDictionary<string, string> Model()
        {
            MemoryState copy = new();
            using TaskSnapshotWriter writer = new();
            Snapshot(writer);
            using TaskSnapshot snapshot = writer.Complete();
            TaskSnapshotReader part = new(snapshot.Content.ToArray(), "model");
            foreach (string name in (string[])["state/last", "state/seen", "state/counts", "timers"])
            {
                List<KeyGroupSection> sections = [];
                part.AddKeyGroupSections("op", name, _range, sections);
                copy.Add(name, sections);
            }

            return copy.Entries;
        }

        private void Use(StateDescriptor descriptor)
        {
            switch (descriptor)
            {
                case ValueStateDescriptor<long> value:
                    _backend.Global.GetState(value);
                    break;
                case ListStateDescriptor<int> list:
                    _backend.Global.GetListState(list);
                    break;
                default:
                    _backend.Global.GetMapState(Counts);
                    break;
            }
        }
    }

    /// <summary>Reads sections that say everything, without the tables that wrote them.</summary>
    private sealed class MemoryState
    {
        public SortedDictionary<string, string> Entries { get; } = new(StringComparer.Ordinal);

        public void Add(string name, List<KeyGroupSection> sections)
        {
            foreach (KeyGroupSection section in sections)
            {
                DataReader reader = new(section.Data.Span);
                reader.ReadByte();
                int schemas = name == "timers" ? 2 : 3;
                for (int i = 0; i < schemas; i++)
                {
                    TypeSchema.ReadFrom(ref reader);
                }

                for (int count = reader.ReadInt32(); count > 0; count--)
                {
                    long time = name == "timers" ? reader.ReadVarInt64() : 0;
                    int key = TypeSerializers.For<int>().Deserialize(ref reader);
                    TypeSerializers.For<VoidNamespace>().Deserialize(ref reader);
                    string value = name switch
                    {
                        "timers" => "",
                        "state/last" => $"{TypeSerializers.For<long>().Deserialize(ref reader)}",
                        "state/seen" => string.Join(',', TypeSerializers.For<List<int>>().Deserialize(ref reader)),
                        _ => string.Join(
                            ',',
                            TypeSerializers.For<Dictionary<string, int>>().Deserialize(ref reader).OrderBy(entry => entry.Key)
                        ),
                    };
                    Entries.Add($"{name} {key} {time}", value);
                }
            }
        }
    }
}
