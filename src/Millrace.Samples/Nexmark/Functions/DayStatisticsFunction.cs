using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Statistics of a day, emitted with each bid.</summary>
internal sealed class DayStatisticsFunction : KeyedProcessFunction<long, BidFigures, DayStatistics>
{
    private IValueState<BidStatistics> _statistics = null!;

    public override void ProcessElement(BidFigures value, IKeyedProcessContext<long> context, Collector<DayStatistics> output)
    {
        BidStatistics? statistics = _statistics.Value;
        if (statistics is null)
        {
            _statistics.Update(statistics = new BidStatistics());
        }

        statistics.Add(value);
        output.Collect(
            new DayStatistics(
                NexmarkCalendar.Day(context.CurrentKey),
                statistics.Bids,
                statistics.Bidders.Counts,
                statistics.Auctions.Counts
            )
        );
    }

    protected override void Open() => _statistics = RuntimeContext.GetState(new ValueStateDescriptor<BidStatistics>("statistics"));
}
