using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Recommendation;

/// <summary>Remembers the items that each user met last, and pairs a new one with them, both ways.</summary>
/// <param name="history">How many items a user is remembered with.</param>
internal sealed class PairingFunction(int history) : KeyedProcessFunction<string, Interaction, ItemPair>
{
    private IValueState<List<string>> _items = null!;

    public override void ProcessElement(Interaction value, IKeyedProcessContext<string> context, Collector<ItemPair> output)
    {
        List<string> items = _items.Value ?? [];
        if (!items.Remove(value.Item))
        {
            foreach (string other in items)
            {
                output.Collect(new ItemPair(value.User, other, value.Item, Asks: false, value.Timestamp));
                output.Collect(new ItemPair(value.User, value.Item, other, Asks: false, value.Timestamp));
            }
        }

        items.Add(value.Item);
        if (items.Count > history)
        {
            items.RemoveAt(0);
        }

        _items.Update(items);

        // Behind the pairs: the item's own task counts them before it answers.
        output.Collect(new ItemPair(value.User, value.Item, Other: null, Asks: true, value.Timestamp));
    }

    protected override void Open() => _items = RuntimeContext.GetState(new ValueStateDescriptor<List<string>>("items"));
}
