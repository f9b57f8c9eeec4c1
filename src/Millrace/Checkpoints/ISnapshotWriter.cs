using Millrace.Serialization;

namespace Millrace.Checkpoints;

/// <summary>
/// Takes the state of one operator in one task, as named sections. A section's bytes are written at once, before the next section is asked
/// for.
/// </summary>
internal interface ISnapshotWriter
{
    /// <summary>Begins a section of operator state: at a restore every task gets the sections of all former tasks.</summary>
    /// <param name="name">Name, unique in the operator.</param>
    DataWriter Section(string name);

    /// <summary>Begins a section of keyed state: at a restore it goes to the task that owns the key group.</summary>
    /// <param name="name">Name, unique in the operator.</param>
    /// <param name="keyGroup">The key group.</param>
    DataWriter KeyGroupSection(string name, int keyGroup);
}
