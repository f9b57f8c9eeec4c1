using System.Diagnostics.CodeAnalysis;

namespace Millrace.Serialization;

/// <summary>Refuses state that the present type cannot read.</summary>
internal static class Incompatible
{
    [DoesNotReturn]
    public static TypeSerializer<T> Throw<T>(TypeSchema written, TypeSchema present) =>
        throw new StateMigrationException(
            $"State of type '{typeof(T)}' was written as '{written}', but the type is now '{present}' and there is no conversion between "
                + "the two; "
                + "undo the change of the type, keep the old member beside a new one with another name, or register a TypeSerializer whose "
                + "ForWritten reads the old shape."
        );
}
