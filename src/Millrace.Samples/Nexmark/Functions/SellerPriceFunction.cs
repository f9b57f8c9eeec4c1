using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Averages a seller's last ten closing prices, in the order in which the auctions closed; emits the average with each.</summary>
internal sealed class SellerPriceFunction : KeyedProcessFunction<long, ClosedAuction, SellerPrice>
{
    private static readonly Comparison<ClosedAuction> ByEnd = static (left, right) =>
        (left.Expires, left.Auction).CompareTo((right.Expires, right.Auction));

    private IValueState<SellerHistory> _history = null!;

    public override void ProcessElement(ClosedAuction value, IKeyedProcessContext<long> context, Collector<SellerPrice> output)
    {
        SellerHistory? history = _history.Value;
        if (history is null)
        {
            _history.Update(history = new SellerHistory());
        }

        // Auctions of one seller close in several tasks: the watermark puts them in order.
        history.Waiting.Add(value);
        context.TimerService.RegisterEventTimeTimer(value.Expires);
    }

    public override void OnTimer(long timestamp, IOnTimerContext<long> context, Collector<SellerPrice> output)
    {
        if (_history.Value is not { } history)
        {
            return;
        }

        List<ClosedAuction> waiting = history.Waiting;
        waiting.Sort(ByEnd);
        int due = 0;
        while (due < waiting.Count && waiting[due].Expires <= timestamp)
        {
            output.Collect(new SellerPrice(context.CurrentKey, history.Add(waiting[due].Price)));
            due++;
        }

        waiting.RemoveRange(0, due);
    }

    protected override void Open() => _history = RuntimeContext.GetState(new ValueStateDescriptor<SellerHistory>("history"));
}
