using System.Globalization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>Says how many readings a key had when none came for five seconds of processing time.</summary>
internal sealed class QuietAlarm : KeyedProcessFunction<string, Reading, string>
{
    private IValueState<int> _count = null!;
    private IValueState<long> _due = null!;

    public override void ProcessElement(Reading value, IKeyedProcessContext<string> context, Collector<string> output)
    {
        _count.Update(_count.Value + 1);
        context.TimerService.DeleteProcessingTimeTimer(_due.Value);
        long due = context.TimerService.CurrentProcessingTime + 5_000;
        _due.Update(due);
        context.TimerService.RegisterProcessingTimeTimer(due);
    }

    public override void OnTimer(long timestamp, IOnTimerContext<string> context, Collector<string> output)
    {
        output.Collect(string.Create(CultureInfo.InvariantCulture, $"{context.CurrentKey}:{timestamp}:{_count.Value}"));
        _count.Clear();
    }

    protected override void Open()
    {
        _count = RuntimeContext.GetState(new ValueStateDescriptor<int>("count"));
        _due = RuntimeContext.GetState(new ValueStateDescriptor<long>("due"));
    }
}
