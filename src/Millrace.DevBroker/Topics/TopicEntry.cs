using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Topics;

/// <summary>A topic as the journal remembers it.</summary>
internal sealed class TopicEntry : IMessage
{
    public Guid Id;
    public int Partitions;
    public List<Setting>? Configs = [];

    internal struct Setting : IMessage
    {
        public string Name;
        public string Value;

        public void Describe(Wire wire)
        {
            wire.String(ref Name);
            wire.String(ref Value);
        }
    }

    public void Describe(Wire wire)
    {
        wire.Uuid(ref Id);
        wire.Int32(ref Partitions);
        wire.Array(ref Configs);
    }

    public static TopicEntry Of(Topic topic) =>
        new()
        {
            Id = topic.Id,
            Partitions = topic.Partitions.Count,
            Configs = [.. topic.Configs.Select(c => new Setting { Name = c.Key, Value = c.Value })],
        };
}
