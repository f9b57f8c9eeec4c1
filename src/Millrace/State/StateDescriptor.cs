using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Names a state and says what it holds. The name is the state's identity in checkpoints: keep it for the life of the job.
/// </summary>
public abstract class StateDescriptor
{
    private protected StateDescriptor(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>Name of the state, unique in its operator.</summary>
    public string Name { get; }

    /// <summary>How values expire; <see langword="null"/> = never.</summary>
    public StateTtlConfig? Ttl { get; private set; }

    /// <summary>The serializer of what a state holds.</summary>
    /// <exception cref="UnsupportedStateException">The type has none; the message names the state.</exception>
    private protected static TypeSerializer<T> SerializerOf<T>(string name, TypeSerializer<T>? own)
    {
        try
        {
            return own ?? TypeSerializers.For<T>();
        }
        catch (UnsupportedStateException exception)
        {
            throw new UnsupportedStateException($"state '{name}' cannot be kept: {exception.Message}", exception);
        }
    }

    /// <summary>Lets values expire.</summary>
    /// <param name="ttl">How.</param>
    public void EnableTimeToLive(StateTtlConfig ttl)
    {
        ArgumentNullException.ThrowIfNull(ttl);
        Ttl = ttl;
    }
}
