using System.Globalization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>Counts readings; the count is forgotten when nothing came for ten seconds.</summary>
internal sealed class ExpiringCount : KeyedProcessFunction<string, Reading, string>
{
    private IValueState<int> _count = null!;

    public override void ProcessElement(Reading value, IKeyedProcessContext<string> context, Collector<string> output)
    {
        int count = _count.Value + 1;
        _count.Update(count);
        output.Collect(string.Create(CultureInfo.InvariantCulture, $"{value.Key}:{value.Time}:{count}"));
    }

    protected override void Open()
    {
        ValueStateDescriptor<int> descriptor = new("count");
        descriptor.EnableTimeToLive(new StateTtlConfig(TimeSpan.FromSeconds(10)));
        _count = RuntimeContext.GetState(descriptor);
    }
}
