using Millrace.Serialization;

namespace Millrace.StateBackends;

/// <summary>What sections of keyed state have in common.</summary>
internal static class StateFormat
{
    /// <summary>Version of the sections of tables.</summary>
    public const byte TableVersion = 1;

    /// <summary>Version of the sections of timers.</summary>
    public const byte TimersVersion = 1;

    public static void RequireVersion(ref DataReader reader, byte expected, string name)
    {
        byte version = reader.ReadByte();
        if (version != expected)
        {
            throw new StateMigrationException(
                $"State '{name}' was written in format version {version}, this Millrace reads {expected}; restore with the version that "
                    + "wrote it or a later one."
            );
        }
    }

    public static TypeSerializer<T> ReadSchema<T>(ref DataReader reader, TypeSerializer<T> present, string name)
    {
        TypeSchema written = TypeSchema.ReadFrom(ref reader);
        try
        {
            return present.ForWritten(written);
        }
        catch (StateMigrationException exception)
        {
            throw new StateMigrationException($"State '{name}' cannot be restored. {exception.Message}", exception);
        }
    }

    /// <summary>The schemas that a section of a table (3: key, namespace, value) or of timers (2: key, namespace) begins with.</summary>
    public static TypeSchema[] ReadSchemas(ref DataReader reader, byte expectedVersion, int count, string name)
    {
        RequireVersion(ref reader, expectedVersion, name);
        TypeSchema[] schemas = new TypeSchema[count];
        for (int i = 0; i < count; i++)
        {
            schemas[i] = TypeSchema.ReadFrom(ref reader);
        }

        return schemas;
    }

    /// <summary>Keys must keep their type: their bytes decide to which task they go. Only the constants of enums may change.</summary>
    public static TypeSerializer<TKey> ReadKeySchema<TKey>(ref DataReader reader, TypeSerializer<TKey> present, string name)
    {
        TypeSchema written = TypeSchema.ReadFrom(ref reader);
        return AreSameKeys(written, present.Schema)
            ? present.ForWritten(written)
            : throw new StateMigrationException(
                $"State '{name}' cannot be restored: its keys were written as '{written}', but KeyBy now gives '{present.Schema}'. A key's "
                    + "hash decides which task owns it, so keys cannot migrate; key by the old type."
            );
    }

    private static bool AreSameKeys(TypeSchema written, TypeSchema present)
    {
        written = EnumSchema.NumberOf(written);
        present = EnumSchema.NumberOf(present);
        if (!string.Equals(written.Kind, present.Kind, StringComparison.Ordinal) || written.Fields.Count != present.Fields.Count)
        {
            return false;
        }

        for (int i = 0; i < written.Fields.Count; i++)
        {
            if (
                !string.Equals(written.Fields[i].Name, present.Fields[i].Name, StringComparison.Ordinal)
                || !AreSameKeys(written.Fields[i].Schema, present.Fields[i].Schema)
            )
            {
                return false;
            }
        }

        return true;
    }
}
