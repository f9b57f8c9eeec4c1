namespace Millrace.DevBroker.Topics;

/// <summary>Kafka's rule for topic names. It also makes them safe as directory names.</summary>
internal static class TopicName
{
    public const int MaxLength = 249;

    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxLength || name is "." or "..")
        {
            return false;
        }

        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether two different names collide, as in Kafka: metrics cannot tell '.' from '_'.</summary>
    public static bool Collide(string one, string other)
    {
        if (one.Length != other.Length || one == other)
        {
            return false;
        }

        for (int i = 0; i < one.Length; i++)
        {
            if (one[i] != other[i] && (one[i] is not ('.' or '_') || other[i] is not ('.' or '_')))
            {
                return false;
            }
        }

        return true;
    }
}
