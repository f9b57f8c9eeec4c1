using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Recommendation;

/// <summary>Counts, per item, with which others it was met, and answers who asks for the best of them.</summary>
/// <param name="neighbours">How many neighbours an answer has at most.</param>
internal sealed class CoOccurrenceFunction(int neighbours) : KeyedProcessFunction<string, ItemPair, Neighbours>
{
    private IMapState<string, long> _counts = null!;

    public override void ProcessElement(ItemPair value, IKeyedProcessContext<string> context, Collector<Neighbours> output)
    {
        if (value.Other is { } other)
        {
            _counts.Put(other, (_counts.TryGetValue(other, out long count) ? count : 0) + 1);
        }

        if (value.Asks && !_counts.IsEmpty)
        {
            Ranking best = new(neighbours);
            foreach ((string item, long count) in _counts.Entries)
            {
                best.Add(new ItemScore(item, count));
            }

            output.Collect(new Neighbours(value.User, value.Item, best.Items, value.Timestamp));
        }
    }

    protected override void Open() => _counts = RuntimeContext.GetMapState(new MapStateDescriptor<string, long>("counts"));
}
