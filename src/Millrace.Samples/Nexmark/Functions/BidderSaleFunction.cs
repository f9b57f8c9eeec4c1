using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>
/// Joins a person's registration, bids and auctions, in whatever order they come. As in the benchmark, nothing ever leaves the state.
/// </summary>
internal sealed class BidderSaleFunction : KeyedProcessFunction<long, NexmarkEvent, BidderSale>
{
    private IValueState<BidderState> _states = null!;

    public override void ProcessElement(NexmarkEvent value, IKeyedProcessContext<long> context, Collector<BidderSale> output)
    {
        BidderState? state = _states.Value;
        if (state is null)
        {
            _states.Update(state = new BidderState());
        }

        if (value.TryGetBid(out Bid bid))
        {
            state.Bids.Add(bid);
            Join(state.Person, bid, state.Auctions, output);
        }
        else if (value.TryGetAuction(out Auction? auction))
        {
            state.Auctions.Add(auction);
            if (state.Person is not { } person)
            {
                return;
            }

            foreach (Bid each in state.Bids)
            {
                output.Collect(new BidderSale(each, person, auction));
            }
        }
        else if (value.TryGetPerson(out Person? person))
        {
            state.Person = person;
            foreach (Bid each in state.Bids)
            {
                Join(person, each, state.Auctions, output);
            }
        }
    }

    protected override void Open() => _states = RuntimeContext.GetState(new ValueStateDescriptor<BidderState>("bidder"));

    private static void Join(Person? person, in Bid bid, List<Auction> auctions, Collector<BidderSale> output)
    {
        if (person is null)
        {
            return;
        }

        foreach (Auction auction in auctions)
        {
            output.Collect(new BidderSale(bid, person, auction));
        }
    }
}

/// <summary>All that is known of a person who bids and sells; changed in place.</summary>
internal sealed class BidderState
{
    public Person? Person { get; set; }

    public List<Bid> Bids { get; set; } = [];

    public List<Auction> Auctions { get; set; } = [];
}
