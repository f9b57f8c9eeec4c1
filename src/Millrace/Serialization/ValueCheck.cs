namespace Millrace.Serialization;

/// <summary>
/// Tries a value early, so that a collection whose comparer cannot be kept is refused where it comes from and not by the next checkpoint.
/// </summary>
internal static class ValueCheck
{
    /// <summary>Whether values of a shape may hold collections with comparers.</summary>
    public static bool IsNeeded(TypeSchema schema)
    {
        if (schema.Kind is SchemaKinds.List or SchemaKinds.Map)
        {
            return true;
        }

        foreach (TypeSchema.Field field in schema.Fields)
        {
            if (IsNeeded(field.Schema))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Serializes a value and forgets the bytes.</summary>
    /// <exception cref="NotSupportedException">The value cannot be kept.</exception>
    public static void Require<T>(TypeSerializer<T> serializer, T value)
    {
        try
        {
            serializer.Serialize(value, new DataWriter());
        }
        catch (Exception exception) when (exception is not NotSupportedException)
        {
            // A serializer of the user's may want more than a value has that is not finished yet.
        }
    }
}
