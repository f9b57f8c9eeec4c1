namespace Millrace.Serialization;

/// <summary>Turns values of one type into bytes and back. Instances are immutable and may be used by many tasks at once.</summary>
/// <typeparam name="T">The type.</typeparam>
public abstract class TypeSerializer<T>
{
    /// <summary>
    /// What the bytes look like: kept beside state, so that a later version of the type can read it or refuse it clearly.
    /// </summary>
    public abstract TypeSchema Schema { get; }

    /// <summary>Appends a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="writer">Where to.</param>
    public abstract void Serialize(T value, DataWriter writer);

    /// <summary>Reads a value that was written with this serializer's <see cref="Schema"/>.</summary>
    /// <param name="reader">Where from.</param>
    public abstract T Deserialize(ref DataReader reader);

    /// <summary>A serializer that reads what was written under another schema of the same type.</summary>
    /// <param name="written">The schema that the bytes were written with.</param>
    /// <returns>This serializer when the schemas are equal, otherwise one that migrates while it reads.</returns>
    /// <exception cref="StateMigrationException">The written schema cannot be read as <typeparamref name="T"/>.</exception>
    public abstract TypeSerializer<T> ForWritten(TypeSchema written);
}
