using Millrace.UserFunctions;

namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>Sends odd readings to a side output.</summary>
internal sealed class SplitFunction : ProcessFunction<Reading, Reading>
{
    public static readonly OutputTag<Reading> Odd = new("odd");

    public override void ProcessElement(Reading value, IProcessContext context, Collector<Reading> output)
    {
        if (value.Value % 2 == 0)
        {
            output.Collect(value);
        }
        else
        {
            context.Output(Odd, value);
        }
    }
}
