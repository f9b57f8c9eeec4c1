namespace Millrace.DevBroker.Topics;

/// <summary>Kafka's rule for topic names. It also makes them safe as directory names.</summary>
internal static class TopicName
{
    public const int MaxLength = 249;

    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxLength || name is "." or "..") return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
        }

        return true;
    }
}
