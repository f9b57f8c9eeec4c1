using Millrace.Serialization;
using Millrace.State;

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

    /// <summary>Takes a section of a restored snapshot as it is.</summary>
    /// <param name="name">Name, unique in the operator.</param>
    /// <param name="section">The section.</param>
    void CarryOver(string name, KeyGroupSection section);

    /// <summary>Takes state that can be written later, as it is now, while its task goes on.</summary>
    /// <param name="state">The state.</param>
    /// <returns>Whether it was taken: if not, it is to be written now.</returns>
    bool Defer(IDeferredState state);
}

/// <summary>
/// Keyed state that is written while its task goes on: what a change is about to overwrite is written first, the rest in small parts in
/// between. Used by its task's thread alone.
/// <code>
/// Begin -> { Advance | any change }* until Advance says that it is over, or Abandon
/// </code>
/// </summary>
internal interface IDeferredState
{
    /// <summary>Name of its sections, unique in the operator.</summary>
    string Name { get; }

    /// <summary>The key groups that it may hold.</summary>
    KeyGroupRange KeyGroups { get; }

    /// <summary>From now on it is written as it is now.</summary>
    /// <param name="sections">Where to.</param>
    void Begin(KeyGroupSections sections);

    /// <summary>Writes some more.</summary>
    /// <param name="budget">How much to do, in looks at a slot of a table; what is done is taken off.</param>
    /// <returns>Whether all is written.</returns>
    bool Advance(ref int budget);

    /// <summary>Gives up what was begun.</summary>
    void Abandon();

    /// <summary>
    /// Writes what a section begins with. In one that says everything the number of its entries follows, and these; in one that says what
    /// has changed, before them, the number of keys that were removed, and these, or the number of changes in their order, and these.
    /// </summary>
    void WriteHeader(DataWriter writer);
}
