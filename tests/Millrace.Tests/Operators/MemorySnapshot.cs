using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Tests.Operators;

/// <summary>What the tasks of one operator wrote, cut to what a task of the next run may read.</summary>
internal sealed class MemorySnapshot
{
    private readonly List<(string Name, byte[] Data)> _sections = [];
    private readonly List<(string Name, int Group, byte[] Data)> _keyed = [];

    public long Size => _sections.Sum(section => section.Data.Length) + _keyed.Sum(section => section.Data.Length);

    public IReadOnlyList<(string Name, int Group, byte[] Data)> Keyed => _keyed;

    public TaskWriter CreateWriter() => new(this);

    public ISnapshotReader ReaderOf(KeyGroupRange range) => new TaskReader(this, range);

    /// <summary>Ends the section begun last when the next one begins.</summary>
    internal sealed class TaskWriter(MemorySnapshot owner) : ISnapshotWriter
    {
        private readonly DataWriter _writer = new();
        private (string Name, int? Group)? _open;

        public DataWriter Section(string name) => Begin(name, group: null);

        public DataWriter KeyGroupSection(string name, int keyGroup) => Begin(name, keyGroup);

        public void CarryOver(string name, KeyGroupSection section) => Begin(name, section.KeyGroup).WriteRaw(section.Data.Span);

        public bool Defer(IDeferredState state) => false;

        public void End()
        {
            if (_open is not { } open)
            {
                return;
            }

            if (open.Group is { } group)
            {
                owner._keyed.Add((open.Name, group, _writer.ToArray()));
            }
            else
            {
                owner._sections.Add((open.Name, _writer.ToArray()));
            }

            _open = null;
        }

        private DataWriter Begin(string name, int? group)
        {
            End();
            _writer.Clear();
            _open = (name, group);
            return _writer;
        }
    }

    private sealed class TaskReader(MemorySnapshot owner, KeyGroupRange range) : ISnapshotReader
    {
        public IReadOnlyList<ReadOnlyMemory<byte>> Sections(string name) =>
            [.. owner._sections.Where(section => section.Name == name).Select(section => (ReadOnlyMemory<byte>)section.Data)];

        public IReadOnlyList<KeyGroupSection> KeyGroupSections(string name) =>
            [
                .. owner
                    ._keyed.Where(section => section.Name == name && range.Contains(section.Group))
                    .Select(section => new KeyGroupSection(section.Group, section.Data)),
            ];
    }
}
