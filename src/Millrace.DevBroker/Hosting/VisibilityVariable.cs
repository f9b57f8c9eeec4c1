using System.Globalization;

namespace Millrace.DevBroker.Hosting;

/// <summary>
/// The environment variable that lets new topics stay out of sight in every broker of a process, so that a test suite runs with it without
/// being changed.
/// </summary>
internal static class VisibilityVariable
{
    public const string Name = "MILLRACE_BROKER_TOPIC_VISIBILITY_MS";

    /// <exception cref="ArgumentException">The variable is not a number of milliseconds.</exception>
    public static TimeSpan DelayOf(DevBrokerOptions options)
    {
        if (options.TopicVisibilityDelay is { } given)
        {
            return given;
        }

        if (Environment.GetEnvironmentVariable(Name) is not { Length: > 0 } text)
        {
            return TimeSpan.Zero;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ArgumentException(
                $"The broker cannot start: the environment variable {Name} is '{text}'; set it to a number of milliseconds, such as 300, "
                    + "or unset it.",
                nameof(options)
            );
    }
}
