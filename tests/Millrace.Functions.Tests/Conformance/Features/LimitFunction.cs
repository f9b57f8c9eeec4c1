using System.Globalization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>
/// Compares readings with the limit of their key, which comes by broadcast; readings wait for it, as nothing says which comes first.
/// </summary>
internal sealed class LimitFunction : KeyedBroadcastProcessFunction<string, Reading, Reading, string>
{
    public static readonly MapStateDescriptor<string, int> Limits = new("limits");
    private IListState<Reading> _waiting = null!;

    public override void ProcessElement(Reading value, IKeyedReadOnlyBroadcastContext<string> context, Collector<string> output)
    {
        _waiting.Add(value);
        context.TimerService.RegisterEventTimeTimer(value.Time);
    }

    public override void OnTimer(long timestamp, IKeyedReadOnlyBroadcastContext<string> context, Collector<string> output)
    {
        if (!context.GetBroadcastState(Limits).TryGetValue(context.CurrentKey, out int limit))
        {
            return;
        }

        foreach (Reading reading in _waiting.Get())
        {
            output.Collect(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{reading.Key}:{reading.Time}:{(reading.Value > limit ? "above" : "below")} {limit}"
                )
            );
        }

        _waiting.Clear();
    }

    public override void ProcessBroadcastElement(Reading value, IBroadcastContext context, Collector<string> output) =>
        context.GetBroadcastState(Limits).Put(value.Key, value.Value);

    protected override void Open() => _waiting = RuntimeContext.GetListState(new ListStateDescriptor<Reading>("waiting"));
}
