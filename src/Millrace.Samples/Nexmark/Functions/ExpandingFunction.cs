using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Joins bids and auctions of a category, whichever comes first.</summary>
internal sealed class ExpandingFunction(long category) : KeyedProcessFunction<long, NexmarkEvent, ExpandedBid>
{
    private IValueState<ExpandingState> _states = null!;

    public override void ProcessElement(NexmarkEvent value, IKeyedProcessContext<long> context, Collector<ExpandedBid> output)
    {
        ExpandingState? state = _states.Value;
        if (state is null)
        {
            _states.Update(state = new ExpandingState());
        }

        if (value.TryGetAuction(out Auction? opened))
        {
            Open(state, opened, output);
        }
        else if (state.Auction is { } auction)
        {
            output.Collect(new ExpandedBid(value.Bid, auction));
        }
        else if (!state.IsPassedOver)
        {
            (state.Waiting ??= []).Add(value.Bid);
        }
    }

    protected override void Open() => _states = RuntimeContext.GetState(new ValueStateDescriptor<ExpandingState>("auction"));

    private void Open(ExpandingState state, Auction auction, Collector<ExpandedBid> output)
    {
        if (auction.Category != category)
        {
            state.IsPassedOver = true;
        }
        else
        {
            state.Auction = auction;
            foreach (Bid bid in state.Waiting ?? [])
            {
                output.Collect(new ExpandedBid(bid, auction));
            }
        }

        state.Waiting = null;
    }
}

/// <summary>What is known of an auction whose bids are expanded; changed in place.</summary>
internal sealed class ExpandingState
{
    /// <summary>Whether the auction is of another category: its bids are dropped.</summary>
    public bool IsPassedOver { get; set; }

    public Auction? Auction { get; set; }

    /// <summary>Bids that came before the auction.</summary>
    public List<Bid>? Waiting { get; set; }
}
