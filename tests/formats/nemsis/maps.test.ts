import { describeCases } from '../map-cases.ts';

await describeCases('nemsis', {
  UUID: 'id of the report as a message: the control id',
  'DemographicGroup.dAgency_01': 'the agency is known by its number (dAgency.02)',
  'DemographicGroup.dAgency_04': 'the state the agency belongs to',
  'eRecord.eRecord_01': 'read as the id of the report',
  'eRecord.eRecord_SoftwareApplicationGroup.*': 'the sender’s software',
  'eResponse.eResponse_04': 'the agency’s number of the response, beside that of the incident',
  'eSituation.eSituation_PatientComplaintGroup.eSituation_03': 'kind of the complaint, which its words tell',
  'ePatient.ePatient_18.PhoneNumberType': 'kind of the telephone',
  '*_NV': 'why a value is not there; that it is not is told',
  'eVitals.*_PN': 'why a measurement was not made; that it was not is told',
});
