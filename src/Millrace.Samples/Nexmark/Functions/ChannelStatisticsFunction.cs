using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Statistics of a channel and day, emitted with each bid.</summary>
internal sealed class ChannelStatisticsFunction : KeyedProcessFunction<(string Channel, long Day), BidFigures, ChannelStatistics>
{
    private IValueState<BidStatistics> _statistics = null!;

    public override void ProcessElement(
        BidFigures value,
        IKeyedProcessContext<(string Channel, long Day)> context,
        Collector<ChannelStatistics> output
    )
    {
        BidStatistics? statistics = _statistics.Value;
        if (statistics is null)
        {
            _statistics.Update(statistics = new BidStatistics());
        }

        statistics.Add(value);
        output.Collect(
            new ChannelStatistics(
                value.Channel,
                NexmarkCalendar.Day(context.CurrentKey.Day),
                NexmarkCalendar.MinuteOfDay(statistics.LastTime),
                statistics.Bids,
                statistics.Bidders.Counts,
                statistics.Auctions.Counts
            )
        );
    }

    protected override void Open() => _statistics = RuntimeContext.GetState(new ValueStateDescriptor<BidStatistics>("statistics"));
}
