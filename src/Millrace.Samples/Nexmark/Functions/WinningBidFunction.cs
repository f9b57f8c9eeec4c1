using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>
/// Finds the best bid of each auction and emits it once the watermark has passed the auction's end. A bid wins only while its auction is
/// open, so one whose auction is still unknown when the watermark has passed the bid is dropped.
/// </summary>
internal sealed class WinningBidFunction : KeyedProcessFunction<long, NexmarkEvent, WinningBid>
{
    private IValueState<OpenAuction> _auctions = null!;

    public override void ProcessElement(NexmarkEvent value, IKeyedProcessContext<long> context, Collector<WinningBid> output)
    {
        OpenAuction? state = _auctions.Value;
        if (state is null)
        {
            _auctions.Update(state = new OpenAuction());
        }

        if (value.TryGetAuction(out Auction? opened))
        {
            state.Open(opened);
            context.TimerService.RegisterEventTimeTimer(opened.Expires);
        }
        else if (state.Auction is { } auction)
        {
            state.Offer(auction, value.Bid);
        }
        else
        {
            (state.Early ??= []).Add(value.Bid);
            context.TimerService.RegisterEventTimeTimer(value.Bid.DateTime);
        }
    }

    public override void OnTimer(long timestamp, IOnTimerContext<long> context, Collector<WinningBid> output)
    {
        if (_auctions.Value is not { } state)
        {
            return;
        }

        if (state.Auction is not { } auction)
        {
            if (state.DropEarly(timestamp))
            {
                _auctions.Clear();
            }

            return;
        }

        // Timers of early bids are due before the end.
        if (timestamp < auction.Expires)
        {
            return;
        }

        if (state.Winner is { } winner)
        {
            output.Collect(new WinningBid(auction, winner));
        }

        _auctions.Clear();
    }

    protected override void Open() => _auctions = RuntimeContext.GetState(new ValueStateDescriptor<OpenAuction>("auction"));
}
