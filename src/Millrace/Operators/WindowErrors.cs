using Millrace.Errors;

namespace Millrace.Operators;

/// <summary>What the operators of event-time windows cannot go on with.</summary>
internal static class WindowErrors
{
    public static WrongJobException NoTimestamp(string name) =>
        new(
            $"Window operator '{name}' got a record without an event timestamp; give the source a WatermarkStrategy with "
                + "WithTimestampAssigner, or use processing-time windows."
        );
}
