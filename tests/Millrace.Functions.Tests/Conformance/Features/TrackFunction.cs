using System.Globalization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>Per key, the difference between what two streams sum up to at the end of each second.</summary>
internal sealed class TrackFunction : KeyedCoProcessFunction<string, Reading, Reading, string>
{
    private const long Second = 1_000;
    private IMapState<long, long> _sums = null!;

    public override void ProcessElement1(Reading value, IKeyedProcessContext<string> context, Collector<string> output) =>
        Add(value, value.Value, context);

    public override void ProcessElement2(Reading value, IKeyedProcessContext<string> context, Collector<string> output) =>
        Add(value, -value.Value, context);

    public override void OnTimer(long timestamp, IOnTimerContext<string> context, Collector<string> output)
    {
        if (_sums.TryGetValue(timestamp, out long sum))
        {
            output.Collect(string.Create(CultureInfo.InvariantCulture, $"{context.CurrentKey}:{timestamp}:{sum}"));
            _sums.Remove(timestamp);
        }
    }

    protected override void Open() => _sums = RuntimeContext.GetMapState(new MapStateDescriptor<long, long>("sums"));

    private void Add(in Reading reading, long change, IKeyedProcessContext<string> context)
    {
        long end = ((reading.Time / Second) + 1) * Second;
        _sums.Put(end, (_sums.TryGetValue(end, out long sum) ? sum : 0) + change);
        context.TimerService.RegisterEventTimeTimer(end);
    }
}
