using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>
/// Keeps the highest bids of each auction; emits those whose rank changes. Of equal prices, the one that came first ranks higher.
/// </summary>
internal sealed class TopBidsFunction : KeyedProcessFunction<long, Bid, RankedBid>
{
    private const int Ranks = 10;

    private IValueState<List<Bid>> _top = null!;

    public override void ProcessElement(Bid value, IKeyedProcessContext<long> context, Collector<RankedBid> output)
    {
        List<Bid>? top = _top.Value;
        if (top is null)
        {
            _top.Update(top = new List<Bid>(1));
        }

        int place = top.Count;
        while (place > 0 && top[place - 1].Price < value.Price)
        {
            place--;
        }

        if (place == Ranks)
        {
            return;
        }

        if (top.Count == Ranks)
        {
            top.RemoveAt(Ranks - 1);
        }

        top.Insert(place, value);
        for (int i = place; i < top.Count; i++)
        {
            output.Collect(new RankedBid(top[i], i + 1));
        }
    }

    protected override void Open() => _top = RuntimeContext.GetState(new ValueStateDescriptor<List<Bid>>("top"));
}
