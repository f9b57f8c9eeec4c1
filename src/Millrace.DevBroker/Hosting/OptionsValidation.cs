using System.ComponentModel.DataAnnotations;
using System.Net;
using Millrace.DevBroker.Topics;

namespace Millrace.DevBroker.Hosting;

/// <summary>Checks all options at once.</summary>
internal static class OptionsValidation
{
    public static void Check(DevBrokerOptions options)
    {
        List<ValidationResult> results = new();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        List<string> errors = results.ConvertAll(r => r.ErrorMessage ?? "An option is out of its bounds.");
        if (!IPAddress.IsLoopback(options.ListenAddress) && !options.AllowNonLoopbackWithoutAuthentication)
        {
            errors.Add(
                $"ListenAddress is {options.ListenAddress}, which other machines can reach, and this broker lets everyone read, write and "
                    + "delete everything. "
                    + $"Listen on a loopback address, or set {nameof(DevBrokerOptions.AllowNonLoopbackWithoutAuthentication)} if the "
                    + "network is trusted."
            );
        }

        foreach ((string topic, int partitions) in options.Topics)
        {
            if (!TopicName.IsValid(topic))
            {
                errors.Add(
                    $"Topic name '{topic}' is not valid; use 1 to {TopicName.MaxLength} of the characters a-z, A-Z, 0-9, '.', '_' and '-'."
                );
            }

            if (partitions is < 1 or > TopicStore.MaxPartitions)
            {
                errors.Add($"Topic '{topic}' has {partitions} partitions; use 1 to {TopicStore.MaxPartitions}.");
            }
        }

        foreach (string topic in options.Topics.Keys)
        {
            if (options.Topics.Keys.FirstOrDefault(o => string.CompareOrdinal(o, topic) < 0 && TopicName.Collide(o, topic)) is { } other)
            {
                errors.Add($"Topics '{other}' and '{topic}' collide: '.' and '_' count as the same character in names of topics.");
            }
        }

        if (options.CleanupInterval <= TimeSpan.Zero)
        {
            errors.Add($"CleanupInterval is {options.CleanupInterval}; it must be positive.");
        }

        if (options.TopicVisibilityDelay < TimeSpan.Zero)
        {
            errors.Add($"TopicVisibilityDelay is {options.TopicVisibilityDelay}; it must not be negative.");
        }

        if (errors.Count > 0)
        {
            throw new ArgumentException("The broker cannot start: " + string.Join(' ', errors), nameof(options));
        }
    }
}
