using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>
/// Emits each bid that is the last one of its bidder and auction so far; of bids at the same time, the one that came later.
/// </summary>
internal sealed class LastBidFunction : KeyedProcessFunction<(long Bidder, long Auction), Bid, Bid>
{
    private IValueState<long> _time = null!;

    public override void ProcessElement(Bid value, IKeyedProcessContext<(long Bidder, long Auction)> context, Collector<Bid> output)
    {
        if (value.DateTime < _time.Value)
        {
            return;
        }

        _time.Update(value.DateTime);
        output.Collect(value);
    }

    protected override void Open() => _time = RuntimeContext.GetState(new ValueStateDescriptor<long>("time", long.MinValue));
}
