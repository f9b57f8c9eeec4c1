using Millrace.Samples.Auctions;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>
/// Finds the highest bids of a window, its key, among the highest of the window's parts. A bid at exactly the window's end is in the next
/// one, but it is a result of this one too if it is as high as the highest: the SQL joins bids from the start to the end of a window, both
/// included. So the window closes when the watermark has passed its end.
/// </summary>
internal sealed class HighestBidFunction : KeyedProcessFunction<long, HighestBid, HighestBid>
{
    private IValueState<WindowBids> _bids = null!;

    public override void ProcessElement(HighestBid value, IKeyedProcessContext<long> context, Collector<HighestBid> output)
    {
        WindowBids? bids = _bids.Value;
        if (bids is null)
        {
            _bids.Update(bids = new WindowBids());
        }

        bids.Add(value);
        context.TimerService.RegisterEventTimeTimer(value.WindowEnd);
    }

    public override void OnTimer(long timestamp, IOnTimerContext<long> context, Collector<HighestBid> output)
    {
        if (_bids.Value is not { } bids)
        {
            return;
        }

        foreach (HighestBid bid in bids.Highest)
        {
            output.Collect(bid);
        }

        foreach (HighestBid bid in bids.AtEnd)
        {
            if (bids.Highest is [var highest, ..] && bid.Price == highest.Price)
            {
                output.Collect(bid);
            }
        }

        _bids.Clear();
    }

    protected override void Open() => _bids = RuntimeContext.GetState(new ValueStateDescriptor<WindowBids>("bids"));
}
