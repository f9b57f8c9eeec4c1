using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Joins persons and their auctions, whichever comes first.</summary>
internal sealed class LocalItemFunction : KeyedProcessFunction<long, SellerEvent, LocalItem>
{
    private IValueState<SellerEvent> _seller = null!;
    private IListState<long> _waiting = null!;

    public override void ProcessElement(SellerEvent value, IKeyedProcessContext<long> context, Collector<LocalItem> output)
    {
        if (value.Name is null)
        {
            if (_seller.HasValue)
            {
                output.Collect(Join(_seller.Value, value.Auction));
            }
            else
            {
                _waiting.Add(value.Auction);
            }

            return;
        }

        _seller.Update(value);
        IReadOnlyList<long> waiting = _waiting.Get();
        for (int i = 0; i < waiting.Count; i++)
        {
            output.Collect(Join(value, waiting[i]));
        }

        _waiting.Clear();
    }

    protected override void Open()
    {
        _seller = RuntimeContext.GetState(new ValueStateDescriptor<SellerEvent>("seller"));
        _waiting = RuntimeContext.GetListState(new ListStateDescriptor<long>("waiting"));
    }

    private static LocalItem Join(in SellerEvent seller, long auction) => new(seller.Name!, seller.City!, seller.State!, auction);
}
